"""Templates: Vault's secrets as functions (`vault_functions`, `lookups`), compiled and rendered within limits."""
