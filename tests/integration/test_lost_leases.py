"""Leases that Vault has lost, and the checks by which that is noticed, on a clock that the test turns."""

import pytest

from provider.observe import events
from tests.doubles import remembering
from tests.integration import turned

LIMIT = 900.0
"""Seconds between two renewals at most: the default of -max-renew-interval."""


@pytest.mark.parametrize("by", ["lease", "token"])
async def test_what_vault_has_lost_is_noticed_long_before_it_is_due(by: str) -> None:
    """A lease of a day, ended by `lease revoke` or with its token by a restored snapshot: within the limit."""
    observer = remembering.Remembering()
    async with turned.running(observer, max_interval=LIMIT) as node:
        await node.role(default_ttl="24h", max_ttl="240h", token_ttl="240h")
        pod = node.pod()
        before = await node.publish(pod)
        await node.wait(3600.0)
        assert await node.publish(pod) == before
        if by == "lease":
            node.vault.state.leases.revoke_prefix("database/creds/app")
        else:
            [login] = [entry for entry in node.vault.state.tokens if entry.path == "auth/kubernetes/login"]
            node.vault.state.tokens.revoke(login.id)
        await node.wait(LIMIT + 5.0)
        after = await node.publish(pod)
        assert node.opens(after)
        lost = [each for each in observer.events if isinstance(each, events.LeaseLost | events.TokenExpired)]
        assert [each.who.pod for each in lost] == [pod]
        await node.wait(3600.0)
        assert await node.publish(pod) == after


async def test_a_check_costs_a_request_each_time() -> None:
    """Per lease, and at most a tenth more often than the limit says; nothing is issued or logged in for it."""
    async with turned.running(max_interval=LIMIT) as node:
        await node.role(default_ttl="24h", max_ttl="240h", token_ttl="240h")
        await node.publish(node.pod())
        await node.wait(6 * 3600.0)
        assert 24 <= node.count("sys/leases/renew") <= 27
        assert (node.count("database/creds/app"), node.count("auth/kubernetes/login")) == (1, 1)


async def test_a_role_that_may_not_renew_is_checked_once() -> None:
    """The denied check costs nothing: its credentials are kept until they are due."""
    async with turned.running(max_interval=LIMIT) as node:
        await node.role(default_ttl="6h", token_ttl="240h", token_no_default_policy=True)
        pod = node.pod()
        before = await node.publish(pod)
        await node.wait(3.5 * 3600.0)
        assert await node.publish(pod) == before
        assert node.count("sys/leases/renew") == 1
        await node.wait(3600.0)
        assert node.opens(await node.publish(pod))
        assert node.count("database/creds/app") == 2
