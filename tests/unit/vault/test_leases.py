import dataclasses
import datetime
import json
import math
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from provider import model
from provider.dev.vault import certificates as dev_certificates
from provider.golang import gojson
from provider.vault import leases
from tests.doubles import certificates

NOW = 1000.0
EPOCH = 1_795_550_000.0
"""2026-11-24T19:53:20Z"""
MIDDLE = 0.5
"""The place in the jitter that is neither early nor late."""
GET = model.Read("", "engine/path")
POST = model.Read("", "engine/path", "POST")
KEY = ec.generate_private_key(ec.SECP256R1())
AUTHORITY = dev_certificates.make_authority("CA", "ec", 256, EPOCH, 864_000)


def reply(data: dict[str, Any] | None = None, *, date: float | None = EPOCH, **envelope: Any) -> model.Reply:
    """An answer as it is after parsing: numbers are their text, `date` is what Vault's clock shows."""
    whole = {"lease_id": "", "lease_duration": 0, "renewable": False, **envelope}
    return model.Reply(gojson.loads(json.dumps(data)), gojson.loads(json.dumps(whole)), date=date)


def of(
    read: model.Read,
    answer: model.Reply,
    refresh: model.Refresh = model.Refresh(),  # noqa: B008 -- frozen
    spread: float = MIDDLE,
    epoch: float = EPOCH,
) -> leases.Lease:
    return leases.of(read, answer, refresh, sent=NOW, now=NOW, epoch=epoch, spread=spread)


def writes(word: str) -> model.Refresh:
    """The refresh of an object that says `word`, "" for nothing."""
    return model.Refresh(30.0, model.WritePolicy(word)) if word else model.Refresh(30.0)


def pem(ttl: int) -> str:
    """A certificate, its issuer after it, of which the first ends in `ttl` seconds."""
    leaf = dev_certificates.make_leaf(AUTHORITY, KEY, "a.example", [], now=EPOCH, ttl=ttl)
    return dev_certificates.pem(leaf) + "\n" + dev_certificates.pem(AUTHORITY.certificate)


def signed_key(valid_before: int, valid_after: int = 0) -> str:
    builder = serialization.SSHCertificateBuilder().public_key(KEY.public_key()).serial(7).key_id(b"pod")
    builder = builder.type(serialization.SSHCertificateType.USER).valid_principals([b"app"])
    return builder.valid_after(valid_after).valid_before(valid_before).sign(KEY).public_bytes().decode() + "\n"


@pytest.mark.parametrize(
    "answer",
    [
        reply({"data": {"password": "x"}, "metadata": {"version": 1}}, mount_type="kv"),
        reply({"password": "x"}, lease_duration=2764800, mount_type="kv"),
        reply({"password": "x", "ttl": "5"}, lease_duration=5),
        reply({"password": "x", "ttl": 5, "rotation_period": 10}, lease_duration=5),
        reply({"certificate": pem(3600), "expiration": EPOCH + 3600}),
        reply({"signed_key": signed_key(int(EPOCH) + 3600)}),
        reply({"token": "x", "ttl": 3600}),
        reply({"username": "x", "ttl": 3600}),
        reply({"rotation_period": 3600, "last_vault_rotation": "2026-11-24T19:00:00Z"}),
        reply({"access_key": "x", "secret_key": "x", "expiration": "2026-11-24T20:00:00Z"}, mount_type="kv"),
        reply({"access_key": "x", "secret_key": "x", "expiration": None}, mount_type="aws"),
        reply({"ttl": -1, "rotation_period": 10}),
        reply({"ttl": "soon", "rotation_period": 10}),
        reply({"ttl": 1e300, "rotation_period": 10}),
        reply({"ttl": True, "rotation_period": 10}),
        reply({"ttl": [1], "rotation_period": 10}),
        reply({}, lease_id=7, lease_duration=3600),
        reply({}, lease_id=["x"], lease_duration=3600),
        reply(None, auth={"lease_duration": 3600}),
    ],
)
@pytest.mark.parametrize("word", ["always", "onExpiry", "once"])
def test_what_a_read_finds_is_static(answer: model.Reply, word: str) -> None:
    """It is read again after the interval, whatever it holds and whatever `writes` says."""
    found = of(GET, answer, model.Refresh(45.0, model.WritePolicy(word)))
    assert found == leases.Lease(leases.Kind.STATIC, "", False, NOW, NOW + 45.0, math.inf, 0.0)
    assert not found.is_due(NOW + 44.9)
    assert found.is_due(NOW + 45.0)
    assert not found.is_over(1e300)


@pytest.mark.parametrize("interval", [0.0, -1.0])
def test_without_an_interval_it_is_due_at_once(interval: float) -> None:
    """Each call reads."""
    assert of(GET, reply({"a": "b"}), model.Refresh(interval)).due == NOW


def test_a_ttl_counts_from_the_question() -> None:
    """Vault's clock started some time before the answer came; a date is a date all the same."""
    leased = reply({}, lease_id="l", lease_duration=100, renewable=True)
    dated = reply({"expiration": EPOCH + 100})
    for read, answer, expires in (
        (GET, leased, NOW + 100),
        (POST, dated, NOW + 107),
        (POST, reply({"token": "x", "ttl": 100}), NOW + 100),
        (GET, reply({"ttl": 100, "rotation_period": 100}), NOW + 100),
        (GET, reply({}), math.inf),
    ):
        found = leases.of(read, answer, model.Refresh(), sent=NOW, now=NOW + 7, epoch=EPOCH, spread=MIDDLE)
        assert (found.obtained, found.expires) == (NOW + 7, expires)
    late = leases.of(GET, reply({}), model.Refresh(), sent=NOW, now=NOW + 7, epoch=EPOCH, spread=MIDDLE)
    assert late.due == NOW + 30


@pytest.mark.parametrize("read", [GET, POST])
@pytest.mark.parametrize("word", ["always", "onExpiry"])
@pytest.mark.parametrize("renewable", [True, False])
@pytest.mark.parametrize("data", [{"password": "x"}, {"certificate": pem(60)}, {"ttl": 60, "rotation_period": 60}])
def test_a_lease_is_due_at_its_share(read: model.Read, word: str, renewable: bool, data: dict[str, Any]) -> None:
    """67 % of its TTL, however it was asked for and whatever it is of."""
    answer = reply(data, lease_id="database/creds/app/x", lease_duration=3600, renewable=renewable)
    found = of(read, answer, writes(word))
    assert (found.kind, found.id, found.renewable) == (leases.Kind.LEASE, "database/creds/app/x", renewable)
    assert (found.expires, found.ttl) == (NOW + 3600, 3600)
    assert found.due == pytest.approx(NOW + 2412)
    assert not found.is_over(NOW + 3599)
    assert found.is_over(NOW + 3600)


@pytest.mark.parametrize("duration", [0, -5, "3600", 1e300, None, {}, True])
def test_a_lease_without_a_duration_is_not_issued_at_each_call(duration: object) -> None:
    """It is looked after as if it lasted five minutes, and never counts as over."""
    found = of(GET, reply({}, lease_id="l", lease_duration=duration, renewable="yes"), model.Refresh(0.0))
    assert (found.kind, found.renewable, found.expires, found.ttl) == (leases.Kind.LEASE, False, math.inf, 0.0)
    assert found.due == pytest.approx(NOW + 201)


def test_a_lease_of_a_write_that_is_wanted_once_is_renewed_and_no_more() -> None:
    """It is never issued again: not where it cannot be renewed, nor at its max TTL."""
    fixed = of(POST, reply({}, lease_id="l", lease_duration=60), writes("once"))
    assert (fixed.due, fixed.expires, fixed.final) == (math.inf, NOW + 60, True)
    lease = of(POST, reply({}, lease_id="l", lease_duration=60, renewable=True), writes("once"))
    assert lease.due == pytest.approx(NOW + 40.2)
    ended = leases.renewed(lease, ttl=10, renewable=True, sent=NOW + 40, spread=MIDDLE)
    assert (ended.due, ended.expires, ended.final) == (math.inf, NOW + 50, True)


@pytest.mark.parametrize(
    ("spread", "share"),
    [(0.0, 0.6365), (0.25, 0.65325), (0.5, 0.67), (1.0, 0.7035), (-3.0, 0.6365), (7.0, 0.7035)],
)
def test_leases_are_spread(spread: float, share: float) -> None:
    """By a twentieth to either side, so that pods which started together do not come together."""
    answers = {
        GET: reply({}, lease_id="l", lease_duration=1000, renewable=True),
        POST: reply({"expiration": EPOCH + 1000}),
    }
    for read, answer in answers.items():
        found = of(read, answer, spread=spread)
        assert found.due == pytest.approx(NOW + 1000 * share)
    lease = of(GET, answers[GET], spread=spread)
    again = leases.renewed(lease, ttl=1000, renewable=True, sent=2000, spread=spread)
    assert again.due == pytest.approx(2000 + 1000 * share)
    assert leases.token_due(1000, NOW, spread) == pytest.approx(NOW + 1000 * share)


@pytest.mark.parametrize(
    ("data", "envelope", "wait", "ttl"),
    [
        # As Vault 1.21 answers database/static-creds by period and by schedule, and ldap/static-cred.
        (
            {
                "last_vault_rotation": "2026-11-24T19:53:10.103034385Z",
                "password": "x",
                "rotation_period": 3600,
                "ttl": 3590,
                "username": "app",
            },
            {"mount_type": "database"},
            3591,
            3590,
        ),
        (
            {
                "last_vault_rotation": "2026-11-24T19:53:00.166407794Z",
                "password": "x",
                "rotation_schedule": "* * * * *",
                "rotation_window": 3600,
                "ttl": 40,
                "username": "app",
            },
            {"mount_type": "database"},
            47,
            40,
        ),
        ({"password": "x", "rotation_schedule": "0 0 * * SAT", "ttl": 500_000}, {}, 600, 500_000),
        ({"rsa_private_key": "x", "rotation_period": 60, "ttl": 7, "username": "app"}, {}, 8, 7),
        (
            {
                "dn": "cn=app",
                "last_password": "w",
                "last_vault_rotation": "2026-11-24T19:53:10Z",
                "password": "x",
                "rotation_period": 86400,
                "ttl": 86390,
                "username": "app",
            },
            {"mount_type": "ldap"},
            86391,
            86390,
        ),
        (
            {"access_key": "x", "secret_key": "x", "expiration": "2026-11-24T21:53:20.5+01:00"},
            {"mount_type": "aws"},
            3601.5,
            3600.5,
        ),
    ],
)
@pytest.mark.parametrize("interval", [0.0, 30.0, 1e9])
def test_a_static_role_is_read_again_when_its_password_has_ended(
    data: dict[str, Any], envelope: dict[str, Any], wait: float, ttl: float, interval: float
) -> None:
    """A moment after its ttl, and never at the interval alone; one on a schedule is also looked at now and then."""
    answer = reply(data, **envelope)
    found = of(GET, answer, model.Refresh(interval), spread=0.0)
    assert (found.kind, found.id, found.renewable) == (leases.Kind.STATIC_ROLE, "", False)
    assert (found.due, found.expires, found.ttl) == (NOW + wait, NOW + ttl, ttl)
    assert of(GET, answer, spread=1.0).due == NOW + wait + 1


@pytest.mark.parametrize(
    ("data", "wait"),
    [
        ({"rotation_period": 60, "last_vault_rotation": "2026-11-24T19:52:20Z"}, 5),
        ({"rotation_period": 60, "last_vault_rotation": "2026-11-24T19:52:19Z"}, 5),
        ({"rotation_period": 60, "last_vault_rotation": "2026-11-24T19:50:20Z"}, 30),
        ({"rotation_period": 60, "last_vault_rotation": "2026-11-01T19:00:00Z"}, 60),
        ({"rotation_period": 60, "last_vault_rotation": "2026-11-25T19:00:00Z"}, 5),
        ({"rotation_period": 60, "last_vault_rotation": "2026-11-24T19:50:20"}, 5),
        ({"rotation_period": 60, "last_vault_rotation": "yesterday"}, 5),
        ({"rotation_period": 60, "last_vault_rotation": None}, 5),
        ({"rotation_period": -1, "last_vault_rotation": "2026-11-24T19:50:20Z"}, 5),
        ({"rotation_period": 60}, 5),
        ({"rotation_schedule": "* * * * *"}, 5),
    ],
)
def test_a_rotation_that_is_late_is_awaited_with_patience(data: dict[str, Any], wait: float) -> None:
    """Vault rotates every 5 s what is due; what fails for hours is asked for once a minute, not more."""
    found = of(GET, reply({**data, "ttl": 0, "password": "x"}), spread=0.0)
    assert (found.kind, found.due, found.expires) == (leases.Kind.STATIC_ROLE, NOW + wait, NOW)


def test_a_rotation_at_aws_may_be_late_too() -> None:
    """Its date is past then."""
    answer = reply({"access_key": "x", "expiration": "2026-11-24T19:51:20Z"}, mount_type="aws")
    assert of(GET, answer, spread=0.0).due == NOW + 30


EXPIRING: dict[str, tuple[dict[str, Any] | None, dict[str, Any]]] = {
    "PKI, PEM": ({"certificate": pem(3600), "expiration": EPOCH + 3600}, {}),
    "a certificate alone": ({"certificate": pem(3600)}, {}),
    "a bundle": ({"certificate": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" + pem(3600)}, {}),
    "PKI, DER": ({"certificate": "MIIC", "expiration": EPOCH + 3600}, {}),
    "a date in words": ({"expiration": "2026-11-24T20:53:20Z"}, {}),
    "SSH": ({"serial_number": "e9", "signed_key": signed_key(int(EPOCH) + 3600)}, {}),
    "a duration without a lease": ({"a": "b"}, {"lease_duration": 3600}),
    "a token with its ttl": ({"token": "x", "ttl": 3600}, {}),
    "an access token": ({"access_token": "x", "expires_in": 3600}, {}),
    "GCP": ({"token": "x", "token_ttl": 3600, "expires_at_seconds": EPOCH + 3600}, {}),
    "a Vault token": (None, {"auth": {"client_token": "x", "lease_duration": 3600}}),
    "a wrapped answer": (None, {"wrap_info": {"token": "x", "ttl": 3600}}),
    "the first of two": ({"certificate": pem(3600), "expiration": EPOCH + 7200}, {"lease_duration": 9999}),
    "junk alongside it": ({"certificate": pem(3600), "expiration": 5, "signed_key": 7}, {"lease_duration": -7}),
}


@pytest.mark.parametrize("name", EXPIRING)
@pytest.mark.parametrize("word", ["always", "onExpiry"])
def test_what_a_write_made_is_kept_until_its_share(name: str, word: str) -> None:
    """Whatever `writes` says: it says its own end."""
    data, envelope = EXPIRING[name]
    found = of(POST, reply(data, **envelope), writes(word))
    assert (found.kind, found.id, found.renewable) == (leases.Kind.EXPIRING, "", False)
    assert (found.expires, found.ttl) == (NOW + 3600, 3600)
    assert found.due == pytest.approx(NOW + 2412)


@pytest.mark.parametrize("name", EXPIRING)
def test_what_is_wanted_once_is_kept_for_good(name: str) -> None:
    """Its end is known all the same."""
    data, envelope = EXPIRING[name]
    found = of(POST, reply(data, **envelope), writes("once"))
    assert (found.kind, found.due, found.expires, found.final) == (leases.Kind.EXPIRING, math.inf, NOW + 3600, True)


def test_a_certificate_without_an_end_is_kept() -> None:
    """There is nothing to come in its place."""
    found = of(POST, reply({"signed_key": signed_key(2**64 - 1)}))
    assert (found.kind, found.due, found.expires, found.ttl) == (leases.Kind.EXPIRING, math.inf, math.inf, 0.0)


@pytest.mark.parametrize(
    ("data", "envelope"),
    [
        ({"ciphertext": "vault:v1:x"}, {}),
        ({"a": "b"}, {"lease_duration": -1}),
        ({"a": "b"}, {"lease_duration": 1e300}),
        ({"a": "b"}, {"lease_duration": "3600"}),
        ({"expiration": -5}, {}),
        ({"expiration": EPOCH}, {}),
        ({"expiration": EPOCH * 1000}, {}),
        ({"expiration": "never"}, {}),
        ({"expiration": "2026-11-24T19:53:19Z"}, {}),
        ({"expiration": "0001-01-01T00:00:00Z"}, {}),
        ({"expiration": {"a": 1}}, {}),
        ({"certificate": "no certificate"}, {}),
        ({"certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}, {}),
        ({"certificate": 7, "signed_key": []}, {}),
        ({"certificate": [pem(3600)]}, {}),
        ({"signed_key": "ssh-ed25519-cert-v01@openssh.com AAAA"}, {}),
        ({"signed_key": signed_key(int(EPOCH) - 1)}, {}),
        ({"ttl": 3600}, {}),
        ({"token": 7, "ttl": 3600}, {}),
        ({"token": "x", "ttl": "1h"}, {}),
        ({"token": "x", "ttl": 0}, {}),
        (None, {"auth": {"client_token": "x", "lease_duration": 0}}),
        (None, {"auth": "x", "wrap_info": 7}),
        ({"ttl": 60, "rotation_period": 60}, {}),
    ],
)
@pytest.mark.parametrize(("word", "due"), [("always", NOW), ("onExpiry", math.inf), ("once", math.inf), ("", NOW)])
def test_a_write_without_an_end_is_made_as_the_object_says(
    data: dict[str, Any] | None, envelope: dict[str, Any], word: str, due: float
) -> None:
    """At each call, or never again; junk is not an end, nor is one that is past."""
    found = of(POST, reply(data, **envelope), writes(word))
    assert found == leases.Lease(leases.Kind.WRITE, "", False, NOW, due, math.inf, 0.0, word == "once")
    assert found.is_due(NOW) is (due == NOW)
    assert not found.is_over(1e300)


@pytest.mark.parametrize("method", ["LIST", "HEAD", "GET"])
def test_only_writes_are_writes(method: str) -> None:
    """A list is static too."""
    assert of(model.Read("", "p", method), reply({"expiration": EPOCH + 60})).kind is leases.Kind.STATIC


SKEWS = [-86_400.0, -400.0, 0.0, 400.0, 86_400.0]
"""Seconds by which a clock is ahead of Vault's."""


@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize("name", EXPIRING)
def test_a_nodes_clock_may_be_wrong(name: str, skew: float) -> None:
    """Ends are dates by Vault's clock, which every answer shows."""
    data, envelope = EXPIRING[name]
    found = of(POST, reply(data, **envelope), epoch=EPOCH + skew)
    assert found == of(POST, reply(data, **envelope))
    assert found.expires == NOW + 3600


@pytest.mark.parametrize("skew", SKEWS)
def test_a_rotation_is_late_by_vaults_clock(skew: float) -> None:
    """Neither sooner nor later on a node whose clock is wrong."""
    for answer in (
        reply({"rotation_period": 60, "last_vault_rotation": "2026-11-24T19:50:20Z", "ttl": 0}),
        reply({"access_key": "x", "expiration": "2026-11-24T20:53:20Z"}, mount_type="aws"),
    ):
        assert of(GET, answer, epoch=EPOCH + skew) == of(GET, answer)


@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize("shown", [None, -400.0, 86_400.0], ids=["not shown", "behind", "ahead"])
def test_a_certificate_has_its_life_where_no_clock_is_shown(shown: float | None, skew: float) -> None:
    """From its beginning to its end, counted from the request; also where a proxy shows a wrong clock."""
    date = None if shown is None else EPOCH + shown
    for data in (
        {"certificate": pem(300), "expiration": EPOCH + 300},
        {"signed_key": signed_key(int(EPOCH) + 300, int(EPOCH) - 30)},
    ):
        answer = reply(data, date=date)
        found = leases.of(POST, answer, model.Refresh(), sent=NOW, now=NOW + 7, epoch=EPOCH + skew, spread=MIDDLE)
        assert (found.kind, found.expires) == (leases.Kind.EXPIRING, NOW + 330)
        assert found.due < NOW + 300


def test_without_vaults_clock_other_dates_are_read_by_the_nodes() -> None:
    """There is nothing better; a certificate without a beginning is such a date, too."""
    for data in ({"expiration": EPOCH + 300}, {"signed_key": signed_key(int(EPOCH) + 300)}):
        assert of(POST, reply(data, date=None), epoch=EPOCH + 100).expires == NOW + 200


def test_a_real_certificate_of_another_tool_is_understood(tmp_path: Path) -> None:
    """Not only those of the dev Vault."""
    file, _ = certificates.Authority(tmp_path).issue("a.example")
    now = datetime.datetime.now(datetime.UTC).timestamp()
    found = leases.of(
        POST,
        reply({"certificate": file.read_text()}, date=now),
        model.Refresh(),
        sent=0.0,
        now=0.0,
        epoch=now,
        spread=MIDDLE,
    )
    assert found.expires == pytest.approx(86_400, abs=10)


def test_a_lease_is_renewed_until_its_max_ttl_nears() -> None:
    """20 s each time, 60 s at most: three renewals, and then time for something new before the end."""
    lease = of(GET, reply({}, lease_id="l", lease_duration=20, renewable=True))
    moments = []
    while lease.renewable:
        now = lease.due
        granted = math.floor(min(20.0, NOW + 60.0 - now))
        lease = leases.renewed(lease, ttl=granted, renewable=True, sent=now, spread=MIDDLE)
        moments.append(now - NOW)
        assert not lease.is_over(now)
    assert moments == [pytest.approx(13.4), pytest.approx(26.8), pytest.approx(40.2), pytest.approx(52.93)]
    assert lease.due == pytest.approx(NOW + 52.93 + 7 - 6.6)
    assert NOW + 59 < lease.expires <= NOW + 60
    assert (lease.kind, lease.id, lease.obtained, lease.ttl) == (leases.Kind.LEASE, "l", NOW, 20)


LEASE = leases.Lease(leases.Kind.LEASE, "l", True, NOW, NOW + 2412, NOW + 3600, 3600.0)


@pytest.mark.parametrize(
    ("ttl", "renewable", "goes_on", "due", "expires"),
    [
        (3600, True, True, 2412, 3600),
        (3599, True, True, 2411.33, 3599),
        (7200, True, True, 4824, 7200),
        (3300, True, True, 2211, 3300),
        (3200, True, False, 2144, 3200),
        (3600, False, False, 2412, 3600),
        (400, True, False, 268, 400),
        (200, True, False, 80, 200),
        (100, True, False, 0, 100),
        (1, True, False, 0, 1),
    ],
)
def test_a_renewal_says_how_it_goes_on(ttl: float, renewable: bool, goes_on: bool, due: float, expires: float) -> None:
    """At the share again; near the max TTL what is left is enough for the kubelet to come by, if there is so much."""
    found = leases.renewed(LEASE, ttl=ttl, renewable=renewable, sent=5000.0, spread=MIDDLE)
    assert found == dataclasses.replace(LEASE, renewable=goes_on, due=found.due, expires=5000.0 + expires)
    assert found.due == pytest.approx(5000.0 + due)


@pytest.mark.parametrize("ttl", [0.0, -1.0, math.inf, math.nan])
def test_a_renewal_that_grants_nothing_leaves_the_end_where_it_was(ttl: float) -> None:
    """Something new is due at once."""
    found = leases.renewed(LEASE, ttl=ttl, renewable=True, sent=3000.0, spread=MIDDLE)
    assert found == dataclasses.replace(LEASE, renewable=False, due=3000.0)
    short = dataclasses.replace(LEASE, ttl=1.0)
    assert not leases.renewed(short, ttl=ttl, renewable=True, sent=3000.0, spread=MIDDLE).renewable


@pytest.mark.parametrize(("spread", "check"), [(0.0, 900.0), (0.5, 855.0), (1.0, 810.0), (7.0, 810.0)])
def test_the_time_between_renewals_has_a_limit(spread: float, check: float) -> None:
    """A day's lease is renewed every quarter of an hour, spread over a tenth of that; when it is due stays."""
    answer = reply({}, lease_id="l", lease_duration=86_400, renewable=True)
    made = leases.of(GET, answer, model.Refresh(), sent=NOW, now=NOW, epoch=EPOCH, spread=spread, max_interval=900.0)
    again = leases.renewed(made, ttl=86_400, renewable=True, sent=5000.0, spread=spread, max_interval=900.0)
    assert [made.check, again.check] == pytest.approx([NOW + check, 5000.0 + check])
    assert dataclasses.replace(made, check=math.inf) == of(GET, answer, spread=spread)
    assert again.due > 5000.0 + 54_000


@pytest.mark.parametrize(
    ("read", "word", "envelope", "max_interval"),
    [
        (GET, "always", {"lease_id": "l", "lease_duration": 86_400, "renewable": True}, math.inf),
        (GET, "always", {"lease_id": "l", "lease_duration": 1200, "renewable": True}, 900.0),
        (GET, "always", {"lease_id": "l", "lease_duration": 86_400, "renewable": False}, 900.0),
        (POST, "once", {"lease_id": "l", "lease_duration": 86_400, "renewable": True}, 900.0),
        (POST, "always", {"lease_duration": 86_400}, 900.0),
        (GET, "always", {}, 900.0),
    ],
    ids=["no limit", "due before it", "not renewable", "never requested again", "no lease", "static"],
)
def test_what_is_not_checked(read: model.Read, word: str, envelope: dict[str, Any], max_interval: float) -> None:
    """What is renewed in time anyway, what cannot be renewed, and where nothing would follow from it."""
    found = leases.of(
        read,
        reply({}, **envelope),
        writes(word),
        sent=NOW,
        now=NOW,
        epoch=EPOCH,
        spread=MIDDLE,
        max_interval=max_interval,
    )
    assert found.check == math.inf


def test_a_lease_at_its_max_ttl_is_checked_until_it_is_replaced() -> None:
    """What such a renewal grants is less each time, and does not put off when something new is due."""
    first = leases.renewed(LEASE, ttl=3000, renewable=True, sent=5000.0, spread=MIDDLE, max_interval=600.0)
    assert [first.due, first.check] == pytest.approx([7010.0, 5570.0])
    second = leases.renewed(first, ttl=2430, renewable=True, sent=5570.0, spread=MIDDLE, max_interval=600.0)
    assert [second.due, second.check, second.expires] == pytest.approx([first.due, 6140.0, 8000.0])
    last = leases.renewed(second, ttl=1860, renewable=False, sent=6140.0, spread=MIDDLE, max_interval=600.0)
    assert [last.due, last.check] == [first.due, math.inf]
    assert {each.renewable for each in (first, second, last)} == {False}
    assert leases.fixed(second) == dataclasses.replace(second, check=math.inf)


@pytest.mark.parametrize(("ttl", "renewable"), [(1, False), (4, False), (5, True), (60, True)])
def test_the_shortest_leases_are_not_renewed(ttl: int, renewable: bool) -> None:
    """They would be renewed all the time, and end all the same where Vault is slow for once: each call has its own."""
    found = of(GET, reply({}, lease_id="l", lease_duration=ttl, renewable=True))
    assert [found.due, found.expires] == pytest.approx([NOW + 0.67 * ttl, NOW + ttl])
    assert found.renewable is renewable
    assert leases.is_worth_renewing(ttl, ttl) is renewable


def test_the_first_renewal_may_tell_the_ttl() -> None:
    """Of a lease that did not."""
    lease = of(GET, reply({}, lease_id="l", renewable=True))
    found = leases.renewed(lease, ttl=60, renewable=True, sent=2000.0, spread=MIDDLE)
    assert (found.renewable, found.expires, found.ttl) == (True, 2060, 60)
    assert found.due == pytest.approx(2040.2)


@pytest.mark.parametrize("ttl", [0.0, -1.0])
def test_a_token_that_does_not_end_is_not_renewed(ttl: float) -> None:
    """A root token, and a periodic one that does not say."""
    assert leases.token_due(ttl, NOW, MIDDLE) == math.inf


def test_a_token_is_renewed_at_its_share() -> None:
    """Early enough for all that depends on it."""
    assert leases.token_due(1200, NOW, MIDDLE) == pytest.approx(NOW + 804)
