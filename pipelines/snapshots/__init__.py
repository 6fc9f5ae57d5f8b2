"""A serving snapshot, as publish writes it and serving reads it."""
