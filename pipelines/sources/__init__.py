"""Drive logs: MCAP files with JSON messages whose schemas derive from the data contract."""
