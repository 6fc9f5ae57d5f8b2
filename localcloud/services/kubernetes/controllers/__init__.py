"""Controllers: each brings one kind of object from what is declared to what is there."""
