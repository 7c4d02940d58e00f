"""Groups leased responses by the token they depend on, and selects those that are due for renewal. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from provider import model
from provider.service.volumes import response_cache, volume_state
from provider.vault import sessions


@dataclass(slots=True)
class TokenLeases:
    """A live token, and the live responses that depend on it.

    Attributes:
        identity: whose token it is.
        session: the token.
        volumes: those whose files are made of its responses; several where an identity is shared.
        responses: the responses, by the reads that asked for them.
    """

    identity: sessions.Identity
    session: sessions.Session
    volumes: list[volume_state.Volume]
    responses: list[tuple[model.Read, response_cache.CachedResponse]] = field(default_factory=list)

    @property
    def origin(self) -> model.Origin:
        """For whom work on this token is done: the first of its volumes."""
        return self.volumes[0].origin

    def is_token_due(self, now: float) -> bool:
        """Whether it is time to renew the token."""
        return self.session.renewable and now >= self.session.due

    def due(self, now: float) -> Iterator[tuple[model.Read, response_cache.CachedResponse]]:
        """The responses whose lease is to be renewed at `now` (monotonic seconds), because it is due or for a check."""
        for read, cached in self.responses:
            if now >= cached.renewal_due():
                yield read, cached

    def outlives(self) -> model.Read | None:
        """A response that would live on if its token did; None where there is none."""
        end = self.session.ends + response_cache.ROUNDING
        return next((read for read, cached in self.responses if cached.lease.expires > end), None)


def by_token(volumes: Iterable[volume_state.Volume], now: float) -> list[TokenLeases]:
    """Every live token that responses depend on, each once, however many volumes share it.

    What is lost stays out: nothing is done for it any more. A token without responses may end.
    """
    users: dict[int, list[volume_state.Volume]] = {}
    for volume in volumes:
        if volume.identity is not None:
            users.setdefault(id(volume.responses), []).append(volume)
    found: dict[int, TokenLeases] = {}
    for sharing in users.values():
        identity = sharing[0].identity
        assert identity is not None  # noqa: S101 -- for the type checker: volumes without one are left out above
        used = [volume_state.UsedResponse(identity, read, cached) for read, cached in sharing[0].responses]
        used += (each for volume in sharing for each in volume.superseded)
        for each in used:
            cached, session = each.cached, each.cached.session
            if not cached.ends_with_token or cached.is_lost or now >= session.ends or cached.lease.is_over(now):
                continue
            group = found.get(id(session))
            if group is None:
                group = found[id(session)] = TokenLeases(each.identity, session, list(sharing))
            elif group.volumes[-1] is not sharing[-1]:
                group.volumes.extend(sharing)
            group.responses.append((each.read, cached))
    return list(found.values())
