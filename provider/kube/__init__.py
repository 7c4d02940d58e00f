"""The Kubernetes API: tokens for pods, and the key that versions are made with."""
