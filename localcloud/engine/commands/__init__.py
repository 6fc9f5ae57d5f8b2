"""What the command line offers: preview, up and destroy (operations), outputs and export (views)."""
