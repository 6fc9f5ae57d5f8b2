"""Container images: built from Dockerfiles into folders, run by this machine's Python."""
