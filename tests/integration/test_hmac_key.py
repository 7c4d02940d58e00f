"""The key of versions, in a Secret of a real API server's shape."""

import asyncio
import base64
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from provider.base import secret
from provider.kube import hmac_key
from tests.doubles import clocks, cluster

NAME = "vault-csi-provider-hmac-key"
PLACE = ("secrets", "csi", NAME)


class Bed:
    """A cluster, a clock, and keys that share both."""

    def __init__(self, running: cluster.Cluster) -> None:
        self.kube = running.kube
        self.client = running.client
        self.clock = clocks.TestClock()
        self.keys: list[hmac_key.HmacKey] = []

    def key(self, namespace: str = "csi") -> hmac_key.HmacKey:
        """The key as one node sees it."""
        self.keys.append(hmac_key.HmacKey(self.client, namespace=namespace, name=NAME, time=self.clock))
        return self.keys[-1]

    def put(self, data: dict[str, str] | None) -> None:
        """A Secret that somebody else made."""
        self.kube.objects.pop(PLACE, None)
        made = self.kube.objects.add("secrets", "csi", {"metadata": {"name": NAME}})
        made["data"] = data

    def asked(self) -> list[str]:
        """The methods of the requests for the Secret, since the last time this was called."""
        methods = [method for method, _ in self.kube.requests]
        self.kube.requests.clear()
        return methods


@contextlib.asynccontextmanager
async def bed_of(directory: Path) -> AsyncIterator[Bed]:
    """A bed for one test; every key of it is closed."""
    async with cluster.running(directory) as running:
        bed = Bed(running)
        try:
            yield bed
        finally:
            for key in bed.keys:
                await key.close()


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


async def test_an_absent_secret_is_made(tmp_path: Path) -> None:
    """The first look makes an immutable Secret with 32 random bytes under `key`."""
    async with bed_of(tmp_path) as bed:
        held = await bed.key().current()
        made = bed.kube.objects[PLACE]
        assert held
        assert len(held) == 32
        assert base64.b64decode(made["data"]["key"]) == held.reveal()
        assert made["immutable"] is True
        assert bed.asked() == ["GET", "POST"]


async def test_a_secret_that_is_there_is_used(tmp_path: Path) -> None:
    """A key of the Go provider goes on counting, whatever its length."""
    async with bed_of(tmp_path) as bed:
        bed.put({"key": base64.b64encode(b"of the Go provider").decode()})
        assert await bed.key().current() == secret.Secret(b"of the Go provider")
        assert bed.asked() == ["GET"]


async def test_nodes_that_start_together_agree(tmp_path: Path) -> None:
    """Of several that find nothing one makes the Secret, and all use that one."""
    async with bed_of(tmp_path) as bed:
        keys = [bed.key() for _ in range(8)]
        held = await asyncio.gather(*(key.current() for key in keys))
        assert len({one.reveal() for one in held if one}) == 1
        assert None not in held
        assert bed.asked().count("POST") > 1, "the race did take place"


async def test_mounts_at_once_share_one_look(tmp_path: Path) -> None:
    """A burst of mounts asks the API server once."""
    async with bed_of(tmp_path) as bed:
        key = bed.key()
        held = await asyncio.gather(*(key.current() for _ in range(100)))
        assert len({one.reveal() for one in held if one}) == 1
        assert bed.asked() == ["GET", "POST"]


async def test_a_look_counts_for_five_seconds(tmp_path: Path) -> None:
    """Mounts within that time cause no request at all; the first one after it causes one."""
    async with bed_of(tmp_path) as bed:
        key = bed.key()
        await key.current()
        bed.asked()
        for moment, expected in ((0.0, []), (4.9, []), (5.0, ["GET"]), (9.0, []), (10.1, ["GET"])):
            bed.clock.moment = moment
            key.look()
            await key.settled(1)
            await key.current()
            assert bed.asked() == expected, moment


async def test_a_deleted_secret_is_created_again_at_the_next_lookup(tmp_path: Path) -> None:
    """The key held is returned at once, the lookup runs in the background, and after it the key is a new one."""
    async with bed_of(tmp_path) as bed:
        key = bed.key()
        before = await key.current()
        bed.kube.delete(*PLACE)
        bed.clock.moment = 6
        assert await key.current() == before
        after = await key.settled(2)
        assert after
        assert after != before
        assert await key.current() == after
        assert base64.b64decode(bed.kube.objects[PLACE]["data"]["key"]) == after.reveal()


async def test_settled_waits_no_longer_than_its_patience(tmp_path: Path) -> None:
    """With no patience, and with little, the key held comes back while the look goes on."""
    async with bed_of(tmp_path) as bed:
        key = bed.key()
        held = await key.current()
        bed.kube.pause()
        bed.clock.moment = 6
        key.look()
        for patience in (0.0, 0.05):
            assert await key.settled(patience) == held
            assert key._under_way is not None


async def test_a_paused_api_server_costs_mounts_nothing_while_a_key_is_held(tmp_path: Path) -> None:
    """For twenty seconds of mounts there is one look under way, and every mount has the same key at once."""
    async with bed_of(tmp_path) as bed:
        key = bed.key()
        held = await key.current()
        bed.asked()
        bed.kube.pause()
        for second in range(6, 27):
            bed.clock.moment = second
            key.look()
            assert await key.current() == held
            assert key._under_way is not None
            await asyncio.sleep(0)
        assert len(bed.asked()) <= 1


async def test_an_api_server_that_is_down_leaves_the_key_held(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Versions stay stable, looks are backed off, and one warning is written."""
    async with bed_of(tmp_path) as bed:
        key = bed.key()
        held = await key.current()
        await bed.kube.stop()
        looks = 0
        for second in range(6, 126):
            bed.clock.moment = second
            key.look()
            looks += key._under_way is not None
            assert await key.settled(2) == held
        assert looks <= 6
        assert len(_warnings(caplog)) == 1
        assert "the key held stays in use" in caplog.text


async def test_the_first_look_is_waited_for_only_so_long(tmp_path: Path) -> None:
    """Without a key mounts wait a bounded time, counted from the look's start, and then go on without one."""
    async with bed_of(tmp_path) as bed:
        bed.kube.pause()
        key = bed.key()
        key.look()
        bed.clock.moment = hmac_key.FIRST_PATIENCE - 0.3
        started = time.monotonic()
        assert await asyncio.gather(*(key.current() for _ in range(20))) == [None] * 20
        assert time.monotonic() - started > 0.25
        assert key._under_way is not None
        bed.clock.moment = hmac_key.FIRST_PATIENCE
        with pytest.raises(StopIteration) as ended:
            key.current().send(None)
        assert ended.value.value is None, "later mounts do not wait once more for the same look"
        bed.kube.resume()
        assert await key.settled(2)


@pytest.mark.parametrize("verb", ["get", "create"])
async def test_without_rbac_there_is_one_warning_with_the_rule(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, verb: str
) -> None:
    """Mounts go on without versions; the log says once which rule is missing, and the key comes when it is there."""
    async with bed_of(tmp_path) as bed:
        bed.kube.deny(verb, "secrets")
        key = bed.key()
        for moment in (0, 1, 6, 20, 40):
            bed.clock.moment = moment
            assert await key.current() is None
        assert len(_warnings(caplog)) == 1
        assert "resources: [secrets], verbs: [get, create]" in caplog.text
        assert "namespace csi" in caplog.text
        bed.kube.allow(verb, "secrets")
        bed.clock.moment = 200
        assert await key.current()


async def test_a_new_cause_is_logged_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One warning per cause: RBAC first, then an unusable Secret; and the same cause again after all was well."""
    async with bed_of(tmp_path) as bed:
        key = bed.key()

        async def look(moment: float) -> int:
            bed.clock.moment = moment
            key.look()
            await key.settled(2)
            return len(_warnings(caplog))

        bed.kube.deny("get", "secrets")
        assert [await look(0), await look(100)] == [1, 1]
        bed.kube.allow("get", "secrets")
        bed.put({})
        assert [await look(200), await look(300)] == [2, 2]
        bed.kube.delete(*PLACE)
        assert await look(400) == 2
        bed.kube.deny("get", "secrets")
        assert await look(500) == 3


@pytest.mark.parametrize("data", [{}, {"other": "QUJD"}, {"key": ""}, None, {"key": "?!"}, {"key": 1}])
async def test_a_secret_without_a_key_is_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, data: dict[str, Any] | None
) -> None:
    """It is left alone, for it is somebody's; the warning says how to have it made again."""
    async with bed_of(tmp_path) as bed:
        bed.put(data)
        assert await bed.key().current() is None
        assert f"kubectl -n csi delete secret {NAME}" in caplog.text
        assert bed.kube.objects[PLACE]["data"] == data
        assert bed.asked() == ["GET"]


async def test_an_unknown_namespace_is_logged_with_its_fix(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is sent anywhere, and POD_NAMESPACE is named."""
    async with bed_of(tmp_path) as bed:
        assert await bed.key(namespace="").current() is None
        assert "POD_NAMESPACE" in caplog.text
        assert bed.asked() == []


async def test_a_missing_namespace_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The API server's word for it is in the log."""
    async with bed_of(tmp_path) as bed:
        assert await bed.key(namespace="none").current() is None
        assert 'namespaces "none" not found' in caplog.text


async def test_without_a_client_a_key_lasts_as_long_as_the_process() -> None:
    """Versions are stable outside a cluster too, and differ from one process to the next."""
    one, other = (hmac_key.HmacKey(None, namespace="", name=NAME, time=clocks.TestClock()) for _ in range(2))
    held = await one.current()
    one.look()
    assert held
    assert await one.settled(1) == held
    assert await one.current() == held
    assert await other.current() != held
    await one.close()


async def test_the_key_is_in_no_log_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not when it is made, and not when a later look fails."""
    caplog.set_level(0)
    async with bed_of(tmp_path) as bed:
        key = bed.key()
        held = await key.current()
        assert held
        bed.kube.deny("get", "secrets")
        bed.clock.moment = 6
        key.look()
        await key.settled(2)
        assert base64.b64encode(held.reveal()).decode() not in caplog.text
        assert "<secret>" in repr(held)


async def test_close_ends_a_look_that_hangs(tmp_path: Path) -> None:
    """Stopping does not wait for the API server, and no look starts afterwards."""
    async with bed_of(tmp_path) as bed:
        bed.kube.pause()
        key = bed.key()
        key.look()
        await asyncio.sleep(0.05)
        async with asyncio.timeout(2):
            await key.close()
        key.look()
        assert key._under_way is None
