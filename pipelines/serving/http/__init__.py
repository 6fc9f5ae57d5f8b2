"""HTTP/1.1 by hand, as far as lookups need it: the server's own protocol is the hot path, with no framework between."""
