"""A refresh on demand: by an operator over the admin socket, and by a changed refreshToken."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from provider import settings
from provider.base import clock
from provider.cli import main
from provider.service.admin import admin_api
from provider.wire import admin
from tests.doubles import clocks, scripted
from tests.integration import harness

PASSWORD = "- {objectName: pw, secretPath: secret/data/db, secretKey: password}"
CERTIFICATE = (
    "- {objectName: tls.pem, secretPath: pki/issue/web, method: PUT, secretKey: certificate,"
    " secretArgs: {common_name: a.example.com}, refresh: onExpiry}"
)
BOTH = f"{PASSWORD}\n{CERTIFICATE}"


@dataclass
class Node:
    """The parts with a socket for operators, and answers that are good for an hour."""

    parts: harness.Harness
    socket: Path
    capture: pytest.CaptureFixture[str]

    async def run(self, command: str, *arguments: str) -> tuple[int, str, str]:
        """A command: exit code, output and errors."""
        words = [command, "--admin-socket", str(self.socket), *arguments]
        code = await asyncio.to_thread(main.main, words)
        return (code, *self.capture.readouterr())

    async def down(self) -> None:
        """From now on Vault is sealed."""

        async def sealed(_: web.BaseRequest) -> web.StreamResponse | None:
            return scripted.reply({"errors": ["Vault is sealed"]}, 503)

        self.parts.vault.faults = sealed

    def reads(self, path: str = "secret/data/db", method: str = "GET") -> int:
        """Requests that Vault has had."""
        return self.parts.vault.count(method, f"/v1/{path}")


@pytest.fixture
async def node(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Node]:
    chosen = settings.Settings(settings.Serve(mount_timeout=2.0), refresh=settings.Refresh(interval=3600.0))
    async with harness.running(tmp_path, chosen) as parts:
        operators = admin_api.AdminApi(parts.service.volumes, clock.SystemClock(), parts.service.observer)
        listener = admin.Listener(tmp_path / "admin" / "admin.sock", operators.answer)
        await listener.start()
        try:
            await parts.vault.write("sys/mounts/pki", {"type": "pki"})
            await parts.vault.write("pki/root/generate/internal", {"common_name": "Root", "ttl": "24h"})
            await parts.vault.write("pki/roles/web", {"allow_any_name": True, "ttl": "1h"})
            await parts.kv("db", password="p1")
            yield Node(parts, tmp_path / "admin" / "admin.sock", capsys)
        finally:
            await listener.stop()


@pytest.mark.parametrize("which", [["--pod", "production/api-0"], ["--spc", "production/spc"], ["--all"]])
async def test_a_forced_refresh_reads_anew_once(node: Node, which: list[str]) -> None:
    """At the next call, long before anything is due; the one after it is answered from memory again."""
    pod = node.parts.pod()
    await node.parts.mount(pod, PASSWORD)
    await node.parts.kv("db", password="p2")
    await node.parts.mount(pod, PASSWORD)
    assert node.parts.text(pod, "pw") == "p1"
    code, out, _ = await node.run("refresh", *which)
    assert code == 0
    assert "production/api-0" in out
    assert "1 volume is read anew when the kubelet asks next, usually within 60 to 90 s" in out
    for _ in range(2):
        await node.parts.mount(pod, PASSWORD)
    assert node.parts.text(pod, "pw") == "p2"
    assert node.reads() == 2


async def test_other_pods_are_left_alone(node: Node) -> None:
    """A pod of another name, and one of the same name in another namespace's class."""
    pods = [node.parts.pod("api-0"), node.parts.pod("api-1")]
    for pod in pods:
        await node.parts.mount(pod, PASSWORD)
    assert (await node.run("refresh", "--pod", "production/api-1"))[0] == 0
    await node.parts.kv("db", password="p2")
    for pod in pods:
        await node.parts.mount(pod, PASSWORD)
    assert [node.parts.text(pod, "pw") for pod in pods] == ["p1", "p2"]


async def test_an_unchanged_secret_is_written_nowhere(node: Node) -> None:
    """Asked for anew, with the same files and versions."""
    pod = node.parts.pod()
    whole = "- {objectName: all.json, secretPath: secret/data/db}"
    first = await node.parts.mount(pod, whole)
    await node.run("refresh", "--all")
    second = await node.parts.mount(pod, whole)
    assert node.reads() == 2
    assert not second.written
    assert second.versions == first.versions


async def test_what_was_issued_is_issued_anew_unless_only_static_secrets_are_wanted(node: Node) -> None:
    """A certificate that is good for an hour yet."""
    pod = node.parts.pod()
    await node.parts.mount(pod, BOTH)
    first = node.parts.text(pod, "tls.pem")
    await node.run("refresh", "--all", "--static-only")
    await node.parts.mount(pod, BOTH)
    assert (node.reads(), node.parts.text(pod, "tls.pem")) == (2, first)
    await node.run("refresh", "--all")
    await node.parts.mount(pod, BOTH)
    assert node.parts.text(pod, "tls.pem") != first
    assert (node.reads(), node.reads("pki/issue/web", "PUT")) == (3, 2)


@pytest.mark.parametrize("how", ["refresh", "refreshToken"])
async def test_vault_down_at_that_moment_costs_no_file(node: Node, how: str) -> None:
    """The last good files stay, and what was wanted comes when Vault is back."""
    pod = node.parts.pod()
    await node.parts.mount(pod, BOTH)
    before = [node.parts.text(pod, name) for name in ("pw", "tls.pem")]
    token = {"refreshToken": "2"} if how == "refreshToken" else {}
    if not token:
        await node.run("refresh", "--all")
    await node.parts.kv("db", password="p2")
    await node.down()
    await node.parts.mount(pod, BOTH, **token)
    assert [node.parts.text(pod, name) for name in ("pw", "tls.pem")] == before
    code, out, _ = await node.run("status")
    assert code == 0
    assert "failing for " in out
    node.parts.vault.faults = None
    async with asyncio.timeout(clocks.HANGS):
        while node.parts.text(pod, "pw") != "p2":
            await node.parts.mount(pod, BOTH, **token)
            await asyncio.sleep(0.1)
    assert node.parts.text(pod, "tls.pem") != before[1]


async def test_a_changed_refresh_token_reads_anew_once(node: Node) -> None:
    """Also what was issued; the same token again changes nothing."""
    pod = node.parts.pod()
    for token in ("1", "1", "2", "2"):
        await node.parts.mount(pod, BOTH, refreshToken=token)
    assert (node.reads(), node.reads("pki/issue/web", "PUT")) == (2, 2)
    await node.parts.mount(pod, BOTH)
    assert (node.reads(), node.reads("pki/issue/web", "PUT")) == (3, 3)


async def test_pods_that_share_their_answers_are_refreshed_together(node: Node) -> None:
    """Named or not, all of them get the new files, for one read."""
    pods = [node.parts.pod("api-0"), node.parts.pod("api-1")]
    for pod in pods:
        await node.parts.mount(pod, PASSWORD, leaseScope="serviceAccount")
    await node.parts.kv("db", password="p2")
    _, out, _ = await node.run("refresh", "--pod", "production/api-0")
    assert "2 volumes are read anew" in out
    for pod in pods:
        await node.parts.mount(pod, PASSWORD, leaseScope="serviceAccount")
    assert [node.parts.text(pod, "pw") for pod in pods] == ["p2", "p2"]
    assert node.reads() == 2


async def test_what_one_pod_has_read_reaches_all_that_share_it(parts: harness.Harness) -> None:
    """Whoever is first when answers are due; those after it need no read, and must not stay with older files."""
    pods = [parts.pod(f"api-{number}") for number in range(3)]
    shared = {"leaseScope": "serviceAccount", "refreshInterval": "1s"}
    await parts.kv("db", password="p1")
    for pod in pods:
        await parts.mount(pod, PASSWORD, **shared)
    await parts.kv("db", password="p2")
    await asyncio.sleep(1.1)
    for pod in pods:
        await parts.mount(pod, PASSWORD, **shared)
    assert [parts.text(pod, "pw") for pod in pods] == ["p2"] * 3
    assert parts.vault.count("GET", "/v1/secret/data/db") == 2


async def test_a_read_that_was_under_way_does_not_count(node: Node) -> None:
    """It may have seen what was there before."""
    pod = node.parts.pod()
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: web.BaseRequest) -> web.StreamResponse | None:
        if request.path == "/v1/secret/data/db":
            reached.set()
            await go_on.wait()
        return None

    node.parts.vault.faults = slow
    mount = asyncio.ensure_future(node.parts.mount(pod, PASSWORD))
    await reached.wait()
    assert (await node.run("refresh", "--all"))[0] == 0
    go_on.set()
    await mount
    await node.parts.mount(pod, PASSWORD)
    assert node.reads() == 2


async def test_where_nothing_matches_it_says_what_is_there(node: Node) -> None:
    """Exit code 1; nothing is refreshed."""
    code, out, err = await node.run("refresh", "--all")
    assert (code, out) == (1, "")
    assert "no volume is mounted on this node" in err
    pod = node.parts.pod()
    await node.parts.mount(pod, PASSWORD)
    code, out, err = await node.run("refresh", "--spc", "production/misspelt")
    assert (code, out) == (1, "")
    assert "no volume of SecretProviderClass production/misspelt is mounted on this node" in err
    assert "production/api-0  spc" in err
    await node.parts.mount(pod, PASSWORD)
    assert node.reads() == 1


async def test_status_shows_volumes_without_values(node: Node) -> None:
    """As a table and as JSON."""
    await node.parts.kv("db", password="p1-canary")
    await node.parts.mount(node.parts.pod(), BOTH)
    code, out, _ = await node.run("status")
    assert code == 0
    assert out.startswith("POD               SPC  VOLUME")
    assert out.splitlines()[1].endswith("ok")
    code, message, _ = await node.run("status", "-o", "json")
    [line] = json.loads(message)["volumes"]
    assert (line["pod"], line["spc"], line["objects"]) == ("production/api-0", "spc", ["pw", "tls.pem"])
    assert 2000 < line["due"] < 2600
    assert (line["forced"], line["failing"]) == (False, None)
    assert "canary" not in out + message


async def test_json_for_programs(node: Node) -> None:
    """The daemon's own answer, whether something matched or not."""
    await node.parts.mount(node.parts.pod(), PASSWORD)
    code, out, _ = await node.run("refresh", "--all", "-o", "json")
    assert (code, [line["forced"] for line in json.loads(out)["volumes"]]) == (0, [True])
    code, out, _ = await node.run("refresh", "--pod", "production/none", "-o", "json")
    assert (code, len(json.loads(out)["there"])) == (1, 1)
