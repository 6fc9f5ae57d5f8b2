"""Cloud Storage of the local cloud: Google's JSON API, and the part of the XML API that clients use."""
