"""Shapes of objects: how one entry of an SPC becomes files, from what Vault answered. No I/O."""
