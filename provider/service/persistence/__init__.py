"""What outlives the process: snapshots of volumes, encrypted, in a directory."""
