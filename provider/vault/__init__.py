"""Vault's HTTP API: connections, retries, logins, tokens, reads."""
