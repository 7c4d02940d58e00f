"""What is mounted on this node: volumes and the Vault responses behind their files."""
