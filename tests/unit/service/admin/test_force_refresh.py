"""Forcing: which volumes are meant, and what becomes of their answers."""

import asyncio

import pytest

from provider import model
from provider.base import secret
from provider.service.admin import force_refresh, status
from provider.service.volumes import response_cache, volume_state, volume_store
from provider.vault import faults, leases, sessions
from tests.doubles import objects, volumes

STATIC, ISSUED = model.Read("", "secret/data/db"), model.Read("", "database/creds/app")
SESSION = sessions.Session(secret.Secret("t"), "", faults.Context("http://v", model.Login("r"), model.Pod()))


def kept(kind: leases.Kind, *, final: bool = False, renewable: bool = False) -> response_cache.CachedResponse:
    lease = leases.Lease(kind, "", renewable, obtained=0.0, due=100.0, expires=200.0, ttl=0.0, final=final)
    return response_cache.CachedResponse(model.Reply({}, {}), lease, SESSION)


def volume(
    record: volume_store.VolumeStore, pod: str = "ns/api-0", spc: str = "api", target: str = "/t"
) -> volume_state.Volume:
    namespace, _, name = pod.partition("/")
    made = record.open(model.Pod(namespace, name, f"uid-{pod}", "sa"), target)
    made.provider_class = spc
    made.responses.put(STATIC, kept(leases.Kind.STATIC))
    made.responses.put(ISSUED, kept(leases.Kind.LEASE, renewable=True))
    made.content = volumes.content(volumes.rendered(objects.whole("pw", STATIC)), reads=[STATIC, ISSUED])
    return made


def good(held: response_cache.ResponseCache) -> list[model.Read]:
    return [read for read in (STATIC, ISSUED) if held.good(read, 1.0)]


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ({"pod": "ns/api-0"}, ["ns/api-0 /a", "ns/api-0 /b"]),
        ({"pod": "ns/api-1"}, ["ns/api-1 /a"]),
        ({"pod": "other/api-1"}, []),
        ({"spc": "ns/api"}, ["ns/api-0 /a", "ns/api-1 /a"]),
        ({"spc": "other/api"}, ["other/api-0 /a"]),
        ({"spc": "ns/"}, []),
        ({"everything": True}, ["ns/api-0 /a", "ns/api-0 /b", "ns/api-1 /a", "ns/old /a", "other/api-0 /a"]),
        ({}, []),
    ],
)
def test_volumes_are_found_by_pod_by_class_or_all(which: dict[str, object], expected: list[str]) -> None:
    """A class lives in its pods' namespace; one that no driver has told matches nothing."""
    record = volume_store.VolumeStore(1 << 20)
    volume(record, target="/a")
    volume(record, spc="web", target="/b")
    volume(record, "ns/api-1", target="/a")
    volume(record, "ns/old", spc="", target="/a")
    volume(record, "other/api-0", target="/a")
    found = force_refresh.force(record, **which)  # type: ignore[arg-type]
    assert sorted(f"{one.pod} {one.key[1]}" for one in found) == expected
    assert all(good(one.responses) == ([] if one in found else [STATIC, ISSUED]) for one in record)


def test_what_is_forced_is_marked_and_stays() -> None:
    """Nothing is good any more, and nothing is lost: files, answers and leases are all there."""
    record = volume_store.VolumeStore(1 << 20)
    held = volume(record)
    before = list(held.responses)
    force_refresh.force(record, everything=True)
    assert list(held.responses) == before
    assert held.content
    assert not any(kept.is_lost for _, kept in held.responses)


def test_a_volume_that_rests_after_failures_is_tried_again() -> None:
    """Whoever forces a refresh may have mended its cause; the record is kept anew with the wish."""
    messages: list[volume_state.Volume] = []

    class Persistence(volume_store.NoPersistence):
        def changed(self, volume: volume_state.Volume) -> None:
            messages.append(volume)

    record = volume_store.VolumeStore(1 << 20, Persistence())
    held = volume(record)
    held.health = volume_state.Health(retry_after=1000.0)
    messages.clear()
    force_refresh.force(record, everything=True)
    assert held.health.retry_after == 0.0
    assert messages == [held]


def test_static_answers_alone() -> None:
    """What was issued stays good."""
    record = volume_store.VolumeStore(1 << 20)
    held = volume(record)
    force_refresh.force(record, everything=True, static_only=True)
    assert good(held.responses) == [ISSUED]


def test_an_answer_that_is_asked_for_only_once_is_asked_for_again() -> None:
    """A forced refresh stands above `refresh: once`."""
    record = volume_store.VolumeStore(1 << 20)
    held = volume(record)
    held.responses.put(ISSUED, kept(leases.Kind.WRITE, final=True))
    assert held.responses.good(ISSUED, 1000.0)
    force_refresh.force(record, everything=True)
    assert not held.responses.good(ISSUED, 1.0)


def test_volumes_that_share_answers_are_refreshed_together() -> None:
    """The one that was not named is told of too."""
    record = volume_store.VolumeStore(1 << 20)
    one, two, other = volume(record), volume(record, "ns/api-1"), volume(record, "ns/api-2")
    two.responses = one.responses
    assert force_refresh.force(record, pod="ns/api-0") == (one, two)
    assert good(other.responses) == [STATIC, ISSUED]


@pytest.mark.parametrize(("static_only", "expected"), [(False, []), (True, [ISSUED])])
async def test_an_answer_under_way_is_older_than_the_wish(static_only: bool, expected: list[model.Read]) -> None:
    """It may hold what was there before: it is used, and asked for once more; the next one is good."""
    record = volume_store.VolumeStore(1 << 20)
    held = volume(record)
    arrived = asyncio.Event()

    async def slow(kind: leases.Kind) -> response_cache.CachedResponse:
        await arrived.wait()
        return kept(kind)

    asking = [
        asyncio.ensure_future(held.responses.fetch(STATIC, lambda: slow(leases.Kind.STATIC))),
        asyncio.ensure_future(held.responses.fetch(ISSUED, lambda: slow(leases.Kind.LEASE))),
    ]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    force_refresh.force(record, everything=True, static_only=static_only)
    arrived.set()
    await asyncio.gather(*asking)
    assert good(held.responses) == expected
    for read, kind in ((STATIC, leases.Kind.STATIC), (ISSUED, leases.Kind.LEASE)):
        await held.responses.fetch(read, lambda kind=kind: slow(kind))  # type: ignore[misc]
    assert good(held.responses) == [STATIC, ISSUED]


def test_the_overview_tells_names_times_and_reasons() -> None:
    """Seconds back and ahead; what is due comes first, and failing is told."""
    record = volume_store.VolumeStore(1 << 20)
    held = volume(record)
    held.last_call = held.last_good = 10.0
    held.health = volume_state.Health(volume_state.RefreshFailure(1010.0, "vault-unavailable", 3))
    [line] = status.of(record, now=40.0, epoch=1030.0)
    assert line == status.VolumeStatus(
        pod="ns/api-0",
        spc="api",
        volume="/t",
        objects=("pw",),
        called=30.0,
        refreshed=30.0,
        due=60.0,
        forced=False,
        failing=status.RefreshTrouble(20.0, "vault-unavailable", 3),
    )


def test_the_overview_knows_when_everything_is_due_at_the_next_call() -> None:
    """Forced, overdue, lost, or never mounted: 0; with nothing that ends: None."""

    def due(held: volume_state.Volume, now: float = 1.0) -> float | None:
        [line] = status.of([held], now=now, epoch=0.0)
        return line.due

    record = volume_store.VolumeStore(1 << 20)
    held = volume(record)
    assert due(held) == 99.0
    assert due(held, 101.0) == 0.0
    force_refresh.force(record, everything=True)
    assert due(held) == 0.0
    assert [line.forced for line in status.of(record, now=1.0, epoch=0.0)] == [True]
    held.content = volumes.content()
    assert due(held) is None
    held.content = None
    assert due(held) == 0.0


def test_a_long_path_is_shortened_to_its_end() -> None:
    """Forty characters at most."""
    assert status.shortened("/x" * 50) == "..." + ("/x" * 50)[-37:]
    assert len(status.shortened("/x" * 50)) == 40
