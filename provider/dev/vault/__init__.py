"""An in-memory Vault with the HTTP answers of Vault 1.21, open source edition.

`server.DevVault` is the whole of it. What it promises is written as tests in tests/contract, which run against a real
Vault too. It is for tests, the demo and trying things out: nothing is stored, nothing is encrypted.

    server      HTTP on a socket: methods, paths, bodies, health, seal, standby
    core        one request: token, policy, mount, engine, wrapping, audit
    engines     what a mount is, and what an engine has to offer
    state       everything that outlives a request
    replies     answers and refusals, written in Vault's JSON
    fields      request fields in the shapes Vault accepts
    policies    policy documents and the choice of the rule that applies
    tokens leases wrapping audit
    system*     sys/
    auth_*      auth/
    kv1 kv2 pki certificates database
"""

from provider.dev.vault.server import DevVault as DevVault
