"""What is known of one volume, split by who changes it.

Its content is one frozen value, replaced as a whole when a refresh succeeds. `Health` is how refreshes go. The
responses of Vault have a cache of their own, which volumes of one identity may share.
"""

import asyncio
import dataclasses
from dataclasses import dataclass, field
from typing import Final

from provider import model
from provider.base import backoff, secret
from provider.service.volumes import response_cache, volume_content, volume_files
from provider.vault import sessions

_OVERHEAD: Final = 4096
"""Bytes that a volume takes besides its responses and files, roughly."""

AFTER_FAILURE: Final = backoff.Exponential(first=2.0, longest=120.0)
"""For which a volume whose refresh failed is not tried again: once its interval is over, the driver passes on every
sync of the kubelet, Vault up or not."""

Key = tuple[str, str]
"""Pod UID and target path, which every driver version sends alike."""


@dataclass(frozen=True, slots=True)
class RefreshFailure:
    """Refreshes fail: since when (epoch seconds), for which reason, and how often in a row."""

    since: float
    reason: str
    times: int


@dataclass(frozen=True, slots=True)
class Health:
    """How refreshes go: the failure that lasts, and until when (monotonic seconds) the next try waits."""

    failure: RefreshFailure | None = None
    retry_after: float = 0.0

    def failed(self, reason: str, *, now: float, epoch: float, chance: float) -> "Health":
        """After one more failure.

        Args:
            reason: the slug of the error.
            now: monotonic seconds.
            epoch: `now` in seconds since the epoch.
            chance: a random number from 0 to 1.
        """
        before = self.failure or RefreshFailure(epoch, reason, 0)
        failure = RefreshFailure(before.since, reason, before.times + 1)
        return Health(failure, now + AFTER_FAILURE.pause(failure.times, chance))


HEALTHY: Final = Health()


@dataclass(frozen=True, slots=True)
class UsedResponse:
    """A response that files are made of, and whose token it was given to."""

    identity: sessions.Identity
    read: model.Read
    cached: response_cache.CachedResponse


@dataclass(slots=True)
class Volume:
    """One volume of one pod.

    Attributes:
        key: pod UID and target path.
        pod: whose it is.
        provider_class: the SPC's name, "" where no call has named it.
        lifecycle: what the SPC says of its life after the first call.
        identity: whose Vault token was used last, None before the first login.
        content: what the driver was given, None before the first success.
        answer: the content as the driver is given it, made once.
        health: how refreshes go.
        responses: Vault's responses; shared with other volumes where the SPC says so.
        superseded: responses that the files are still made of, though a refresh that failed put others in their place:
            their leases live as long as the files stay.
        last_call: monotonic seconds of the last call.
        last_republish: the same of the last call that found it mounted; 0 before the first.
        last_good: the same of the last moment when nothing was overdue; 0 before the first success.
        request_digest: of the last request that was answered in full, b"" for none; within this process only.
        lock: one mount of a volume at a time.
    """

    key: Key
    pod: model.Pod
    provider_class: str = ""
    lifecycle: model.Lifecycle = field(default_factory=model.Lifecycle)
    identity: sessions.Identity | None = None
    content: volume_content.Content | None = None
    answer: volume_files.Answer | None = None
    health: Health = HEALTHY
    responses: response_cache.ResponseCache = field(default_factory=response_cache.ResponseCache)
    superseded: tuple[UsedResponse, ...] = ()
    last_call: float = 0.0
    last_republish: float = 0.0
    last_good: float = 0.0
    request_digest: bytes = b""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def origin(self) -> model.Origin:
        """For whom work between mounts is done."""
        return model.Origin(self.pod, self.provider_class)

    @property
    def size(self) -> int:
        """Bytes held, but for the responses."""
        return _OVERHEAD + (self.content.size if self.content else 0)

    def called(self, now: float) -> None:
        """The driver has called at `now` (monotonic seconds)."""
        self.last_call = now
        if self.content is not None:
            self.last_republish = now

    def succeeded(self, content: volume_content.Content, now: float) -> None:
        """The driver is given these files from now on (`now` in monotonic seconds)."""
        self.content, self.health, self.superseded = content, HEALTHY, ()
        self.last_good = now

    def drop_files(self) -> None:
        """Keep of the files what tells whether they change; they are made again at the next call.

        Not while a refresh fails: then the files are all that a pod can be given.
        """
        if self.content is not None and self.health.failure is None:
            self.content, self.answer = self.content.without_files(), None

    def warned(self, warnings: tuple[str, ...]) -> None:
        """Take the warnings of the SPC that made the same files."""
        if self.content is not None and self.content.warnings != warnings:
            self.content = dataclasses.replace(self.content, warnings=warnings)

    def files(self, content: volume_content.Content, key: secret.Secret | None) -> volume_files.VolumeFiles:
        """The content as the driver is given it, with versions by the HMAC key."""
        if self.answer is None or self.answer.content is not content or self.answer.key != key:
            self.answer = volume_files.Answer(content, key, volume_files.of(content, key))
        return self.answer.files

    def used_responses(self) -> tuple[UsedResponse, ...]:
        """The responses that the files are made of; none before the first success."""
        if self.identity is None or self.content is None:
            return self.superseded
        left = {each.read for each in self.superseded}
        cached = ((read, self.responses.get(read)) for read, _ in self.content.reads if read not in left)
        return (*self.superseded, *(UsedResponse(self.identity, read, each) for read, each in cached if each))

    def supersede(self, used: tuple[UsedResponse, ...]) -> None:
        """Go on caring for those of `used` that the cache no longer has."""
        self.superseded = tuple(each for each in used if self.responses.get(each.read) is not each.cached)

    def is_made_by(self, spec_digest: str) -> bool:
        """Whether the files were made by the SPC with this digest."""
        return self.content is not None and self.content.spec_digest == spec_digest

    def is_good(self, now: float) -> bool:
        """Whether the files are still what Vault has, as far as is known at `now` (monotonic seconds).

        Responses that are shared may be good, and later than those that the files were made of.
        """
        if self.content is None or not self.content.has_files:
            return False
        for read, obtained in self.content.reads:
            cached = self.responses.good(read, now)
            if cached is None or obtained not in (None, cached.lease.obtained):
                return False
        return True
