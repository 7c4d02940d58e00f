"""What an observer learns of a mount, and what it can ask for."""

import pytest

from provider import errors, model
from provider.observe import events
from tests.doubles import remembering
from tests.integration import turned

OBJECTS = f"{turned.LOGIN}\n- {{objectName: again, secretPath: database/creds/app, secretKey: username}}"


class Strict(remembering.Remembering):
    """Must have written what it saw before a mount is answered, and can be unable to."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = False
        self.settled_for: list[str] = []

    async def settled(self, who: model.Origin) -> None:
        """See `observers.Observer`."""
        if self.is_full:
            raise errors.SettingsError("the audit trail cannot be written")
        self.settled_for.append(who.mount)


async def test_each_read_is_reported_with_who_what_and_whence() -> None:
    """From Vault by its request id, then from what is cached; the login, too, by its accessor; and no value."""
    strict = Strict()
    async with turned.running(strict) as node:
        await node.role()
        pod = node.pod()
        login = await node.publish(pod, OBJECTS)
        await node.publish(pod, OBJECTS.replace("again", "renamed"))
    reads = [event for event in strict.events if isinstance(event, events.SecretRead)]
    assert {(event.path, event.who.pod.name, event.who.provider_class) for event in reads} == {
        ("database/creds/app", pod.name, "spc")
    }
    assert reads[0].source is events.Source.VAULT
    assert all(event.request_id for event in reads)
    assert [event.accessor for event in strict.events if isinstance(event, events.LoggedIn)] != [""]
    assert login["password"] not in str(strict.events)
    ended = [event for event in strict.events if isinstance(event, events.Mounted | events.Rotated)]
    assert strict.settled_for == [event.who.mount for event in ended]
    assert len(ended) == 2


async def test_a_mount_is_not_answered_without_what_must_be_written() -> None:
    """Neither the first one, nor a republish that is answered from memory."""
    strict = Strict()
    async with turned.running(strict) as node:
        await node.role()
        pod = node.pod()
        login = await node.publish(pod)
        strict.is_full = True
        with pytest.raises(errors.SettingsError, match="audit trail"):
            await node.publish(pod)
        with pytest.raises(errors.SettingsError, match="audit trail"):
            await node.publish(node.pod("api-1"))
        strict.is_full = False
        assert await node.publish(pod) == login
