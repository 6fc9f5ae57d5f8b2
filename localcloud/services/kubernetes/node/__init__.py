"""The node: runs pods as processes of this machine."""
