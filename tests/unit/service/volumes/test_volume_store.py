"""Records: found again by the same volume only, bounded, and what stays of an answer while its data does."""

import dataclasses

import pytest

from provider import findings, model
from provider.base import secret
from provider.observe import events
from provider.service.volumes import response_cache, spec_digest, volume_state, volume_store
from provider.shapes import key
from provider.vault import faults, leases, sessions
from tests.doubles import objects, remembering, volumes

POD = model.Pod("ns", "api-0", "uid-1", "sa")
READ = model.Read("", "secret/data/db")
LEASED = model.Read("", "database/creds/app")
LEASE = leases.Lease(leases.Kind.LEASE, "l", renewable=True, obtained=0.0, due=500.0, expires=900.0, ttl=900.0)
OBJECT = objects.whole("all.json", READ)
SPEC = model.MountSpec(model.Target(("http://v",)), model.Login("r"), (OBJECT,), "/target", pod=POD)
SESSION = sessions.Session(secret.Secret("t"), "", faults.Context("http://v", SPEC.login, POD))
IDENTITY = sessions.Identity(SPEC.target, SPEC.login, POD)


def reply(request: str, value: str = "v") -> model.Reply:
    return model.Reply({"k": value}, {"request_id": request})


def volume(kept: volume_store.VolumeStore, pod: model.Pod = POD, target: str = "/target") -> volume_state.Volume:
    return kept.open(pod, target)


def until(due: float, value: str = "v") -> response_cache.CachedResponse:
    lease = leases.Lease(leases.Kind.STATIC, "", renewable=False, obtained=0.0, due=due, expires=float("inf"), ttl=0.0)
    return response_cache.CachedResponse(reply("r", value), lease, SESSION)


def test_volumes_have_records_of_their_own() -> None:
    """Another pod under the same name, another target: another record, nothing shared."""
    kept = volume_store.VolumeStore(1 << 20)
    first = volume(kept)
    assert volume(kept) is first
    assert volume(kept, target="/other") is not first
    assert volume(kept, dataclasses.replace(POD, uid="uid-2")) is not first
    assert kept.find(POD.uid, "/target") is first
    assert len(kept) == 3


def test_a_caller_that_says_not_which_pod_it_is_finds_nothing() -> None:
    """Nor is anything kept of it."""
    kept = volume_store.VolumeStore(1 << 20)
    nobody = model.Pod()
    assert volume(kept, nobody) is not volume(kept, nobody)
    assert kept.find(nobody.uid, "/target") is None
    assert len(kept) == 0


def filled(kept: volume_store.VolumeStore, uid: str, size: int = 20_000) -> volume_state.Volume:
    """A volume with a static secret, a lease and a file of this many bytes."""
    made = volume(kept, dataclasses.replace(POD, uid=uid))
    made.responses.put(READ, until(1000.0, "x" * size))
    made.responses.put(LEASED, dataclasses.replace(until(1000.0, "y" * 1000), lease=LEASE))
    file = model.File("f", 0o644, secret.Secret(b"x" * size))
    made.content = volumes.content(volumes.rendered(OBJECT, file, stable=b"x"), reads=[READ, LEASED])
    kept.recount(made)
    return made


def test_where_memory_is_short_static_secrets_go_first() -> None:
    """Nothing that was issued: each volume is still known, and still good, with all its dates; it is reported once."""
    observer = remembering.Remembering()
    kept = volume_store.VolumeStore(150_000, observer=observer)
    made = [filled(kept, f"uid-{number}") for number in range(5)]
    assert list(kept) == made
    assert all(each.is_good(1.0) for each in made)
    assert [each.responses.usable(LEASED, 1.0) is not None for each in made] == [True] * 5
    assert [each.responses.usable(READ, 1.0) is not None for each in made].count(False) >= 3
    assert [type(event) for event in observer.events] == [events.MemoryShort]


def test_files_go_when_that_is_not_enough() -> None:
    """Of the least recently used; what tells a change stays. Not of the volume at hand, nor while a refresh fails."""
    kept = volume_store.VolumeStore(70_000)
    first, failing, last = filled(kept, "first"), filled(kept, "failing"), None
    failing.health = volume_state.Health(volume_state.RefreshFailure(1.0, "sealed", 1))
    before = first.content
    last = filled(kept, "last")
    assert first.content is not None
    assert before is not None
    assert not first.content.has_files
    assert not first.is_good(1.0)
    assert [one.digest for one in first.content.objects] == [one.digest for one in before.objects]
    assert failing.content is not None
    assert failing.content.has_files
    assert last.is_good(1.0)


def test_what_volumes_share_counts_once() -> None:
    """A hundred replicas of one secret are not a hundred secrets."""
    observer = remembering.Remembering()
    kept = volume_store.VolumeStore(900_000, observer=observer)
    shared = model.Lifecycle(scope=model.LeaseScope.SERVICE_ACCOUNT)
    for number in range(100):
        made = volume(kept, dataclasses.replace(POD, uid=f"uid-{number}"))
        kept.assign_responses(made, IDENTITY, shared)
        made.responses.put(READ, until(1000.0, "x" * 100_000))
        kept.recount(made)
    assert observer.events == []


def test_a_volume_is_good_while_all_its_answers_are() -> None:
    """By the same SPC, and after a first success only."""
    held = volume(volume_store.VolumeStore(1 << 20))
    held.responses.put(READ, until(10.0))
    assert not held.is_good(5.0)
    assert not held.is_made_by("d")
    held.content = volumes.content(volumes.rendered(OBJECT), reads=[READ], digest="d")
    assert held.is_good(5.0)
    assert not held.is_good(10.0)
    assert held.is_made_by("d")
    assert not held.is_made_by("other")
    held.responses.put(READ, dataclasses.replace(until(10.0), is_lost=True))
    assert not held.is_good(5.0)


@pytest.mark.parametrize(
    "changed",
    [
        dataclasses.replace(SPEC, target=model.Target(("http://w",))),
        dataclasses.replace(SPEC, login=model.Login("other")),
        dataclasses.replace(SPEC, default_mode=0o600),
        dataclasses.replace(SPEC, lifecycle=model.Lifecycle(refresh_token="t")),
        dataclasses.replace(SPEC, objects=(dataclasses.replace(OBJECT, shape=key.Key("k")),)),
        dataclasses.replace(SPEC, objects=(objects.templated("all.json", model.Template("x"), READ),)),
    ],
)
def test_a_changed_class_has_another_digest(changed: model.MountSpec) -> None:
    """And an equal one the same, whatever tokens and warnings came with it."""
    assert spec_digest.of(changed) != spec_digest.of(SPEC)
    doubt = findings.Finding(findings.Subject(), findings.Place(), "w", severity=findings.Severity.WARNING)
    again = dataclasses.replace(SPEC, tokens={"vault": secret.Secret("t")}, warnings=(doubt,), provider_class="spc")
    assert spec_digest.of(again) == spec_digest.of(SPEC)


def test_responses_stay_while_the_login_and_the_refresh_token_are_the_same() -> None:
    """What else an SPC says decides about what is made of them."""
    kept = volume_store.VolumeStore(1 << 20)
    held = volume(kept)
    kept.assign_responses(held, IDENTITY, model.Lifecycle())
    first = held.responses
    kept.assign_responses(held, IDENTITY, model.Lifecycle(revoke=True))
    assert held.responses is first
    kept.assign_responses(held, IDENTITY, model.Lifecycle(refresh_token="new"))
    assert held.responses is not first
    second = held.responses
    kept.assign_responses(held, dataclasses.replace(IDENTITY, login=model.Login("x")), model.Lifecycle("new"))
    assert held.responses is not second


def test_a_login_that_comes_back_finds_what_it_was_given() -> None:
    """An edit to a role that fails, and back: the credentials in the files are not issued again."""
    kept = volume_store.VolumeStore(1 << 20)
    held = filled(kept, "uid-1")
    kept.assign_responses(held, IDENTITY, model.Lifecycle())
    held.responses.put(LEASED, given := dataclasses.replace(until(1000.0), lease=LEASE))
    used = held.used_responses()
    kept.assign_responses(held, dataclasses.replace(IDENTITY, login=model.Login("x")), model.Lifecycle())
    held.supersede(used)
    assert held.responses.get(LEASED) is None
    kept.assign_responses(held, IDENTITY, model.Lifecycle())
    assert held.responses.get(LEASED) is given


def test_an_identity_shares_its_answers_where_it_is_asked_to() -> None:
    """Until the refresh token changes; another identity never sees them."""
    kept = volume_store.VolumeStore(1 << 20)
    one, two, other = (volume(kept, dataclasses.replace(POD, uid=uid)) for uid in ("1", "2", "3"))
    shared = model.Lifecycle(scope=model.LeaseScope.SERVICE_ACCOUNT)
    kept.assign_responses(one, IDENTITY, shared)
    kept.assign_responses(two, IDENTITY, shared)
    kept.assign_responses(other, dataclasses.replace(IDENTITY, login=model.Login("x")), shared)
    assert one.responses is two.responses
    assert other.responses is not one.responses
    kept.assign_responses(two, IDENTITY, dataclasses.replace(shared, refresh_token="new"))
    assert two.responses is not one.responses
