"""The Kubernetes API: pods' tokens, the HMAC key of versions, the watch of this node's pods, Events."""
