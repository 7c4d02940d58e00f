"""What mounts feel when Vault or the API server fails: a load of pods, a fault, a bar."""
