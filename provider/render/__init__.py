"""From what Vault answered to the bytes of a file. Pure; no I/O."""
