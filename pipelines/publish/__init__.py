"""Publishing: a snapshot of what the serving service answers from, as databases in the serving bucket."""
