"""Where gRPC clients come out that have no variable for their API's address: an HTTP proxy that stands for Google."""
