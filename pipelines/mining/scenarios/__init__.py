"""One scenario definition a file, and the views they share. Read them through pipelines.mining.definitions."""
