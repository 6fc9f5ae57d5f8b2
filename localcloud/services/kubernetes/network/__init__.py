"""A cluster's network: which pods stand behind a Service, the proxy before them, and an HTTP client."""
