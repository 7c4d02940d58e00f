"""In-memory stand-ins for Vault, the API server and the driver, and the demo. Not in the wheel, nor in the image."""
