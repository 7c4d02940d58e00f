"""What hangs on a Vault token: the answers that end with it. Which of them, and which tokens, are due. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from provider import model
from provider.service.volumes import response_cache, volume_store
from provider.vault import leases, sessions


@dataclass(slots=True)
class TokenLeases:
    """A live token, and what hangs on it that lives too.

    Attributes:
        identity: whose token it is.
        session: the token.
        volumes: those whose files are made of it; several where an identity is shared.
        kept: the answers, with what they were asked by.
    """

    identity: sessions.Identity
    session: sessions.Session
    volumes: list[volume_store.Volume]
    kept: list[tuple[model.Read, response_cache.CachedResponse]] = field(default_factory=list)

    def is_token_due(self, now: float) -> bool:
        """Whether it is time to renew the token."""
        return self.session.renewable and now >= self.session.due

    def due(self, now: float) -> Iterator[tuple[model.Read, response_cache.CachedResponse]]:
        """Those whose lease is to be renewed at `now` (monotonic seconds)."""
        for read, kept in self.kept:
            lease = kept.lease
            wanted = lease.is_due(now) and lease.renewable and lease.kind is leases.Kind.LEASE
            if wanted and not kept.is_lost and not kept.is_capped_by_token:
                yield read, kept

    def outlives(self) -> model.Read | None:
        """What would live on if its token did."""
        end = self.session.ends + response_cache.ROUNDED
        return next((read for read, kept in self.kept if kept.lease.expires > end), None)


def by_token(volumes: Iterable[volume_store.Volume], now: float) -> list[TokenLeases]:
    """Every live token that something hangs on, each once, however many volumes share it.

    What is lost stays out: nothing is done for it any more. A token without anything else may end.
    """
    users: dict[int, list[volume_store.Volume]] = {}
    for volume in volumes:
        if volume.identity is not None:
            users.setdefault(id(volume.held), []).append(volume)
    found: dict[int, TokenLeases] = {}
    for sharing in users.values():
        identity = sharing[0].identity
        assert identity is not None  # noqa: S101 -- for the type checker: volumes without one are left out above
        answers = [volume_store.UsedResponse(identity, read, kept) for read, kept in sharing[0].held]
        answers += (each for volume in sharing for each in volume.left)
        for each in answers:
            kept, session = each.kept, each.kept.session
            if not kept.ends_with_token or kept.is_lost or now >= session.ends or kept.lease.is_over(now):
                continue
            group = found.get(id(session))
            if group is None:
                group = found[id(session)] = TokenLeases(each.identity, session, list(sharing))
            elif group.volumes[-1] is not sharing[-1]:
                group.volumes.extend(sharing)
            group.kept.append((each.read, kept))
    return list(found.values())
