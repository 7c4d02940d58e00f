"""The auth methods of Vault that a pod can log in by: one module per method, one row per method in `registry`."""
