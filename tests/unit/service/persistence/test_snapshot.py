"""What of a record is saved: all that a republish is answered from, and tokens are one again that were one."""

import dataclasses
import math
from types import MappingProxyType
from typing import Any

import pytest

from provider import model
from provider.base import secret
from provider.golang import gojson
from provider.service import codec
from provider.service.persistence import snapshot
from provider.service.volumes import response_cache, volume_content, volume_state, volume_store
from provider.shapes import envelopes, renderer
from provider.vault import faults, leases, sessions
from tests.doubles import objects

POD = model.Pod("ns", "api-0", "uid-1", "sa")
TARGET = model.Target(("http://v",), model.Tls(ca_pem="PEM"))
LOGIN = model.Login("r", options=(("audience", "a"),))
READ = model.Read("team", "database/creds/app", "PUT", (("a", "1"),), '{"x":1.10}')
OTHER = model.Read("", "secret/data/x")
IDENTITY = sessions.Identity(TARGET, LOGIN, POD)
FORMAT = snapshot.Format(snapshot.Snapshot)


def session(text: str = "hvs.canary", **options: Any) -> sessions.Session:
    return sessions.Session(
        secret.Secret(text), "index", faults.Context("http://v", LOGIN, POD, ("p",)), "accessor", 1.0, 50.0, **options
    )


def kept(given: sessions.Session, due: float = 20.0, obtained: float = 2.0) -> response_cache.CachedResponse:
    lease = leases.Lease(leases.Kind.LEASE, "lease", renewable=True, obtained=obtained, due=due, expires=30.0, ttl=28.0)
    data = {"password": "canary", "n": gojson.Number("1.10"), "data": {"deep": [None, True]}}
    return response_cache.CachedResponse(
        model.Reply(data, {"request_id": "r", "lease_id": "lease"}, ("w",), 99), lease, given
    )


def volume(pod: model.Pod = POD, content: Any = MappingProxyType({}), **options: Any) -> volume_state.Volume:
    made = volume_state.Volume(volume_store.VolumeStore.key(pod, "/target"), pod, identity=IDENTITY, **options)
    made.responses.put(READ, kept(session()))
    made_of = (
        renderer.Rendered(
            objects.of_key(
                "f", READ, "k", mode=0o400, encoding="hex", refresh=model.Refresh(5.0, model.WritePolicy.ONCE)
            ),
            (model.File("f", 0o400, secret.Secret(b"\xff canary")),),
            b"stable",
            (envelopes.ShownEnvelope(READ, b"digest", {"request_id": "r"}),),
        ),
        renderer.Rendered(objects.templated("t", model.Template("{{ x }}", fragments=(("a", "b"),))), (), b""),
    )
    about = {"warnings": ("unclear",), **content}
    made.content = volume_content.Content("d", made_of, ((READ, 2.0),), **about)
    return made


def through(made: volume_state.Volume, taken: float = 5.0) -> snapshot.Snapshot:
    return FORMAT.read(FORMAT.write(snapshot.take(made, taken)), 6.0)


def restored(*made: volume_state.Volume, now: float = 10.0) -> list[volume_state.Volume]:
    return snapshot.restore([through(each) for each in made], (), now).volumes


def test_a_record_comes_back_whole() -> None:
    """Field by field, but for what only counts within a process."""
    before = volume(
        provider_class="spc",
        lifecycle=model.Lifecycle("token", model.LeaseScope.POD, revoke=True),
        last_good=3.0,
        health=volume_state.Health(volume_state.RefreshFailure(1_700_000_001.0, "sealed", 3)),
    )
    [after] = restored(before)
    own = {"responses", "superseded", "lock", "last_call", "last_republish", "request_digest", "answer"}
    bare = volume_state.Volume(("", ""), model.Pod())
    for name in {each.name for each in dataclasses.fields(volume_state.Volume)} - own:
        assert getattr(after, name) == getattr(before, name) != getattr(bare, name), name
    assert after.content is not None
    assert after.content.has_files
    for each in dataclasses.fields(volume_content.Content)[:-1]:
        assert getattr(after.content, each.name) == getattr(before.content, each.name) != each.default, each.name
    assert after.last_call == 10.0
    [[read, answer]] = list(after.responses)
    assert read == READ
    assert (answer.reply, answer.lease) == (kept(session()).reply, kept(session()).lease)
    assert isinstance((answer.reply.data or {})["n"], gojson.Number)
    assert answer.session.token == secret.Secret("hvs.canary")


def test_a_republish_of_the_same_class_is_answered_from_it() -> None:
    """Until the very moment at which it would have been due without a restart."""
    before = volume()
    [after] = restored(before)
    for now in (10.0, 24.9, 25.1, 49.0):
        assert after.is_good(now) == before.is_good(now)
    assert after.is_good(10.0)


def test_answers_that_were_left_behind_come_back_with_their_token() -> None:
    """So that leases of the files on disk go on being renewed."""
    before = volume()
    [(_, held)] = list(before.responses)
    other = dataclasses.replace(held, lease=dataclasses.replace(held.lease, id="old"))
    before.superseded = (volume_state.UsedResponse(IDENTITY, READ, other),)
    [after] = restored(before)
    [(_, answer)] = list(after.responses)
    [left] = after.superseded
    assert (left.identity, left.read, left.cached.lease.id) == (IDENTITY, READ, "old")
    assert left.cached.session is answer.session


def test_volumes_that_shared_a_token_share_it_again() -> None:
    """As it was seen last, so that one renewal serves all; the newest of an identity is the one to be used."""
    older = volume(model.Pod("ns", "a", "uid-a", "sa"))
    newer = volume(model.Pod("ns", "b", "uid-b", "sa"))
    for _, answer in newer.responses:
        answer.session.expires = answer.session.ends = 90.0
    newer.responses.put(OTHER, kept(dataclasses.replace(session("hvs.other"), born=4.0)))
    found = [through(newer, taken=5.5), through(older, taken=5.0)]
    joined = snapshot.restore(found, (), 10.0)
    volumes, tokens = joined.volumes, joined.tokens
    used = {read: answer.session for each in volumes for read, answer in each.responses}
    assert [answer.session for each in volumes for read, answer in each.responses if read == READ] == [used[READ]] * 2
    assert used[READ].expires == 90.0
    assert tokens == {IDENTITY: used[OTHER]}


def test_answers_that_were_shared_are_again() -> None:
    """Volumes of one identity get one set of answers, of each the latest; nobody else is let in."""
    life = model.Lifecycle(scope=model.LeaseScope.SERVICE_ACCOUNT)
    one, two = (volume(model.Pod("ns", uid, uid, "sa"), lifecycle=life) for uid in ("uid-a", "uid-b"))
    two.responses.put(READ, kept(session("hvs.later"), obtained=4.0))
    alone = volume(model.Pod("ns", "c", "uid-c", "sa"), lifecycle=life)
    alone.identity = dataclasses.replace(IDENTITY, login=model.Login("other"))
    record = volume_store.VolumeStore(1 << 20)
    assert [record.restore(each) for each in restored(one, two, alone)] == [True] * 3
    first, second, third = list(record)
    assert first.responses is second.responses
    assert third.responses is not first.responses
    [[_, answer]] = list(first.responses)
    assert answer.session.token == secret.Secret("hvs.later")


def test_of_shared_answers_a_volume_saves_those_it_uses() -> None:
    """Not once more for each replica what others asked for."""
    made = volume(lifecycle=model.Lifecycle(scope=model.LeaseScope.SERVICE_ACCOUNT))
    made.responses.put(OTHER, kept(session()))
    assert [read for read, _ in snapshot.take(made, 5.0).responses] == [READ]


def test_a_volume_that_was_mounted_anew_is_not_overwritten() -> None:
    """What comes from disk late is old; but it fills a record that has nothing yet."""
    record = volume_store.VolumeStore(1 << 20)
    [late] = restored(volume())
    open_now = record.open(POD, "/target")
    assert record.restore(late)
    assert record.find(POD.uid, "/target") is late
    assert open_now is not late
    [later] = restored(volume())
    assert not record.restore(later)
    assert record.find(POD.uid, "/target") is late


@pytest.mark.parametrize("text", [b"", b"null", b"[]", b"{}", b'{"taken":1}', b"\xff", b'{"taken":1', b"[" * 100_000])
def test_bytes_of_another_form_are_refused(text: bytes) -> None:
    """As one kind of error, without a word of what is in them."""
    with pytest.raises(codec.SchemaMismatch):
        FORMAT.read(text, 6.0)


def test_a_record_of_another_clock_is_refused() -> None:
    """Its dates would mean nothing."""
    with pytest.raises(codec.SchemaMismatch, match="later time"):
        FORMAT.read(FORMAT.write(snapshot.take(volume(), 5.0)), 4.0)


def test_never_stays_never() -> None:
    """What has no end, and a token that died."""
    made = volume()
    for _, answer in made.responses:
        answer.lease = dataclasses.replace(answer.lease, expires=math.inf)
        answer.session.mark_dead()
    [[[_, answer]]] = [list(each.responses) for each in restored(made)]
    assert (answer.lease.expires, answer.session.expires) == (math.inf, -math.inf)
