"""Everything of the dev Vault that outlives a request."""

from provider.base import clock
from provider.dev.vault import audit, engines, leases, policies, tokens


class State:
    """One server's memory.

    Attributes:
        clock: all dates and lifetimes are counted by it.
        policies, tokens, leases, mounts, audit: what their modules say.
        wrapped: wrapping token -> where the answer came from and its JSON text.
    """

    def __init__(self, time: clock.Clock, root_token: str) -> None:
        self.clock = time
        self.policies = policies.Policies()
        self.tokens = tokens.Tokens(time, root_token)
        self.leases = leases.Leases(time)
        self.mounts = engines.Mounts()
        self.audit = audit.Log(time)
        self.wrapped: dict[str, tuple[str, bytes]] = {}
        self.tokens.on_death = self.leases.revoke_of

    def settle(self) -> None:
        """End every token and lease whose time is over, as Vault's timers would have done."""
        for _ in self.tokens:
            pass
        self.leases.sweep()
