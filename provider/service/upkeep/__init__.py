"""Work alongside the mounts: renewing tokens and leases, revoking them when a pod is gone."""
