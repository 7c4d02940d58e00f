"""In-memory stand-ins for Vault, the API server and the driver. No daemon code can reach them."""
