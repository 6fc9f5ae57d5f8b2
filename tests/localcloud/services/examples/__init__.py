"""A module a service: requests as its clients send them, in an order in which they make what the later ones need."""
