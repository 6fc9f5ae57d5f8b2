"""The security pack: every rule in a module of this folder is enforced."""
