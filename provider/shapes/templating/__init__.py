"""Templates, compiled once (`compiled`) and rendered within limits (`render`, `allowance`), for all mounts.

`template_renderer` brings these together. What knows Vault (`vault_functions`, `lookups`) is a plug-in of the engine.
"""
