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
OBJECT = objects.whole("all.json", READ)
SPEC = model.MountSpec(model.Target(("http://v",)), model.Login("r"), (OBJECT,), "/target", pod=POD)
SESSION = sessions.Session(secret.Secret("t"), "", faults.Context("http://v", SPEC.login, POD))
IDENTITY = sessions.Identity(SPEC.target, SPEC.login, POD)


def reply(request: str, value: str = "v") -> model.Reply:
    return model.Reply({"k": value}, {"request_id": request})


def volume(kept: volume_store.VolumeStore, pod: model.Pod = POD, target: str = "/target") -> volume_state.Volume:
    return kept.open(pod, target)


def kept_until(due: float) -> response_cache.CachedResponse:
    lease = leases.Lease(leases.Kind.STATIC, "", renewable=False, obtained=0.0, due=due, expires=float("inf"), ttl=0.0)
    return response_cache.CachedResponse(reply("r"), lease, SESSION)


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


def test_the_oldest_go_when_it_is_too_much() -> None:
    """By the bytes they hold; the one that is asked for now stays in any case; it is reported once."""
    observer = remembering.Remembering()
    kept = volume_store.VolumeStore(100_000, observer=observer)
    for number in range(4):
        held = volume(kept, dataclasses.replace(POD, uid=f"uid-{number}"))
        file = model.File("f", 0o644, secret.Secret(b"x" * 20_000))
        held.content = volumes.content(volumes.rendered(OBJECT, file, stable=b"x"))
        kept.recount(held)
    volume(kept, dataclasses.replace(POD, uid="uid-2"))
    large = volume(kept, dataclasses.replace(POD, uid="large"))
    file = model.File("f", 0o644, secret.Secret(b"x" * 60_000))
    large.content = volumes.content(volumes.rendered(OBJECT, file, stable=b"x"))
    kept.recount(large)
    assert [held.key[0] for held in kept] == ["large"]
    assert [type(event) for event in observer.events] == [events.MemoryShort]


def test_a_volume_is_good_while_all_its_answers_are() -> None:
    """By the same SPC, and after a first success only."""
    held = volume(volume_store.VolumeStore(1 << 20))
    held.responses.put(READ, kept_until(10.0))
    assert not held.is_good(5.0)
    assert not held.is_made_by("d")
    held.content = volumes.content(volumes.rendered(OBJECT), reads=[READ], digest="d")
    assert held.is_good(5.0)
    assert not held.is_good(10.0)
    assert held.is_made_by("d")
    assert not held.is_made_by("other")
    held.responses.put(READ, dataclasses.replace(kept_until(10.0), is_lost=True))
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


def test_a_changed_class_asks_for_everything_anew() -> None:
    """Its answers go, its files stay until there are others."""
    kept = volume_store.VolumeStore(1 << 20)
    held = volume(kept)
    kept.assign_responses(held, IDENTITY, "d1", model.Lifecycle())
    first = held.responses
    kept.assign_responses(held, IDENTITY, "d1", model.Lifecycle())
    assert held.responses is first
    kept.assign_responses(held, IDENTITY, "d2", model.Lifecycle())
    assert held.responses is not first


def test_an_identity_shares_its_answers_where_it_is_asked_to() -> None:
    """Until the refresh token changes; another identity never sees them."""
    kept = volume_store.VolumeStore(1 << 20)
    one, two, other = (volume(kept, dataclasses.replace(POD, uid=uid)) for uid in ("1", "2", "3"))
    shared = model.Lifecycle(scope=model.LeaseScope.SERVICE_ACCOUNT)
    kept.assign_responses(one, IDENTITY, "d1", shared)
    kept.assign_responses(two, IDENTITY, "d2", shared)
    kept.assign_responses(other, dataclasses.replace(IDENTITY, login=model.Login("x")), "d1", shared)
    assert one.responses is two.responses
    assert other.responses is not one.responses
    kept.assign_responses(two, IDENTITY, "d2", dataclasses.replace(shared, refresh_token="new"))
    assert two.responses is not one.responses
