"""Tokens: how they are made, how long they live, what dies with them."""

import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from provider.base import clock
from provider.dev.vault import fields, replies

SYSTEM_TTL: Final = 2764800
"""768 hours: how long a token or a lease lives unless somebody says less."""

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def random_text(length: int) -> str:
    """Letters and digits, as in accessors and lease ids."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


@dataclass(slots=True)
class Wish:
    """What is asked of a new token, by a role or by its maker; all lifetimes in seconds, 0 = not said.

    A period makes a token that lives on as long as it is renewed; `num_uses` 0 is no limit.
    """

    policies: Sequence[str] = ()
    ttl: int = 0
    max_ttl: int = 0
    explicit_max_ttl: int = 0
    period: int = 0
    num_uses: int = 0
    type: str = "service"
    no_default_policy: bool = False
    renewable: bool = True


@dataclass(slots=True)
class Entry:
    """A token. Times in seconds since the epoch; `expires` None is never."""

    id: str
    accessor: str
    policies: tuple[str, ...]
    display_name: str
    path: str
    issued: float
    creation_ttl: int
    wish: Wish
    expires: float | None
    meta: Mapping[str, str] | None = None
    entity_id: str = ""
    parent: str = ""
    uses_left: int = 0
    renewed: float | None = None
    children: set[str] = field(default_factory=set)

    @property
    def type(self) -> str:
        """Service or batch."""
        return self.wish.type

    @property
    def renewable(self) -> bool:
        """Whether renew-self can help it."""
        return self.wish.renewable and self.type == "service" and self.expires is not None

    def last_moment(self) -> float | None:
        """When it ends at the latest, whatever is renewed; None for a periodic one without a limit."""
        limits = [self.wish.explicit_max_ttl] if self.wish.explicit_max_ttl else []
        if not self.wish.period:
            limits.append(min(self.wish.max_ttl or SYSTEM_TTL, SYSTEM_TTL))
        return self.issued + min(limits) if limits else None


class Tokens:
    """All tokens of the server.

    Attributes:
        on_death: called with the id of each token that ends, for the leases that hang on it.
    """

    def __init__(self, time: clock.Clock, root: str) -> None:
        self.on_death: Callable[[str], None] = lambda _: None
        self._clock = time
        self._entries: dict[str, Entry] = {}
        self._entities: dict[tuple[str, str], str] = {}
        wish = Wish(policies=("root",), renewable=False)
        self._entries[root] = Entry(
            root, random_text(24), ("root",), "root", "auth/token/root", time.now(), 0, wish, None
        )

    def create(
        self,
        wish: Wish,
        *,
        path: str,
        display_name: str,
        meta: Mapping[str, str] | None = None,
        entity: tuple[str, str] | None = None,
        parent: str = "",
        wanted_id: str = "",
    ) -> tuple[Entry, list[str]]:
        """Make one, and the warnings that go with it.

        Args:
            wish: what was asked.
            path: where it was made.
            display_name: for people and the audit.
            meta: facts about its owner.
            entity: (mount accessor, name in that mount) of whoever logged in.
            parent: the token that dies no later; "" makes an orphan.
            wanted_id: the token itself, where its maker chose it.
        """
        policies = sorted({*(name.lower() for name in wish.policies), *([] if wish.no_default_policy else ["default"])})
        if "root" in policies:
            policies = ["root"]
        forever = policies == ["root"] and not wish.ttl and not wish.period and not wish.explicit_max_ttl
        now = self._clock.now()
        ttl, warnings = (0, []) if forever else self._lifetime(wish)
        prefix = "hvb." if wish.type == "batch" else "hvs."
        entry = Entry(
            id=wanted_id or prefix + (random_text(24) if forever else f"CAES{random_text(87)}"),
            accessor="" if wish.type == "batch" else random_text(24),
            policies=tuple(policies),
            display_name=display_name,
            path=path,
            issued=now,
            creation_ttl=ttl,
            wish=wish,
            expires=None if forever else now + ttl,
            meta=meta,
            entity_id=self._entities.setdefault(entity, str(uuid.uuid4())) if entity else "",
            parent=parent,
            uses_left=wish.num_uses,
        )
        self._entries[entry.id] = entry
        if parent:
            self._entries[parent].children.add(entry.id)
        return entry, warnings

    @staticmethod
    def _lifetime(wish: Wish) -> tuple[int, list[str]]:
        wanted = wish.period or wish.ttl or SYSTEM_TTL
        limit = min([value for value in (wish.max_ttl, wish.explicit_max_ttl) if value] + [SYSTEM_TTL])
        if wanted <= limit:
            return wanted, []
        return limit, [capped(wanted, limit)] if wish.ttl else []

    def find(self, token: str) -> Entry | None:
        """The live token, or None: never made, expired, revoked, used up."""
        entry = self._entries.get(token)
        if entry is not None and entry.expires is not None and entry.expires <= self._clock.now():
            self.revoke(token)
            return None
        return entry

    def by_accessor(self, accessor: str) -> Entry | None:
        """The live token with this accessor."""
        return next((entry for entry in self if accessor and entry.accessor == accessor), None)

    def __iter__(self) -> Iterator[Entry]:
        return iter([entry for token in list(self._entries) if (entry := self.find(token)) is not None])

    def use(self, entry: Entry) -> bool:
        """Count one use; True where it was the last, so that the token dies after this request."""
        if not entry.uses_left:
            return False
        entry.uses_left -= 1
        return entry.uses_left == 0

    def renew(self, entry: Entry, increment: int) -> list[str]:
        """Give it new time, and the warnings that go with it.

        Raises:
            replies.Refusal: it cannot be renewed.
        """
        if entry.type == "batch":
            raise replies.bad_request("batch tokens cannot be renewed")
        if entry.path == "auth/token/root":
            raise replies.bad_request("invalid lease ID")
        if not entry.renewable:
            raise replies.bad_request("lease is not renewable")
        now = self._clock.now()
        ttl = entry.wish.period or increment or entry.wish.ttl or SYSTEM_TTL
        last, warnings = entry.last_moment(), []
        if last is not None and now + ttl > last:
            if increment:
                warnings = [capped(increment, round(last - entry.issued))]
            ttl = max(0, int(last - now + 0.999))
        entry.expires = now + ttl if last is None else min(last, now + ttl)
        entry.renewed = now
        return warnings

    def revoke(self, token: str) -> None:
        """End it, and all that were made by it."""
        entry = self._entries.pop(token, None)
        if entry is None:
            return
        if entry.parent in self._entries:
            self._entries[entry.parent].children.discard(token)
        for child in list(entry.children):
            self.revoke(child)
        self.on_death(token)

    def ttl(self, entry: Entry) -> int:
        """Whole seconds left, 0 for one that never ends."""
        return 0 if entry.expires is None else max(0, int(entry.expires - self._clock.now()))


def capped(wanted: int, limit: int) -> str:
    """The warning about a lifetime that was cut."""
    return (
        f'TTL of "{fields.short_duration(wanted)}" exceeded the effective max_ttl of '
        f'"{fields.short_duration(limit)}"; TTL value is capped accordingly'
    )


def shown_to_owner(entry: Entry, duration: int) -> dict[str, Any]:
    """The `auth` of a login, a creation or a renewal; the duration in seconds."""
    return {
        "client_token": entry.id,
        "accessor": entry.accessor,
        "policies": list(entry.policies),
        "token_policies": list(entry.policies),
        "metadata": dict(entry.meta) if entry.meta is not None else None,
        "lease_duration": duration,
        "renewable": entry.renewable,
        "entity_id": entry.entity_id,
        "token_type": entry.type,
        "orphan": not entry.parent,
        "mfa_requirement": None,
        "num_uses": entry.uses_left,
    }
