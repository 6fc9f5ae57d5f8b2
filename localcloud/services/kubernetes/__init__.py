"""Google Kubernetes Engine on loopback: clusters with real API servers, controllers, and pods as real processes."""
