"""The driver double behaves as the driver: dial, retries, checks, files, silence about a failed republish."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from provider import model
from provider.base import secret
from provider.dev import driver
from provider.spec import attributes
from provider.v1alpha1 import service_pb2, service_pb2_grpc
from tests.doubles import clocks

POD = model.Pod("production", "api-0", "uid-1", "api-service")


class Servicer(service_pb2_grpc.CSIDriverProviderServicer):
    """A provider that answers what a test says, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[service_pb2.MountRequest] = []
        self.answers: list[Any] = []
        self.authorities: list[str] = []
        self.remaining: list[float] = []

    async def Version(self, request: Any, context: Any) -> service_pb2.VersionResponse:  # noqa: N802
        """See the wire contract."""
        return service_pb2.VersionResponse(version="v1alpha1", runtime_name="test", runtime_version="1.2.3")

    async def Mount(self, request: Any, context: Any) -> service_pb2.MountResponse:  # noqa: N802
        """The next of `answers`; the last one stays."""
        self.asked.append(request)
        self.remaining.append(context.time_remaining())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, grpc.StatusCode):
            await context.abort(answer, "in the provider's words")
        assert isinstance(answer, service_pb2.MountResponse)
        return answer


class Bed:
    """A provider behind a socket, and a driver."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.target = directory / "target"
        self.servicer = Servicer()
        self.driver = driver.DevDriver(directory)
        self._server: grpc.aio.Server | None = None

    async def serve(self) -> None:
        """Listen at vault.sock."""
        self._server = grpc.aio.server()
        service_pb2_grpc.add_CSIDriverProviderServicer_to_server(self.servicer, self._server)
        self._server.add_insecure_port(f"unix:{self.directory}/vault.sock")
        await self._server.start()

    async def stop(self) -> None:
        """Stop both."""
        await self.driver.close()
        if self._server:
            await self._server.stop(None)

    async def mount(self, answer: Any, **more: Any) -> driver.Mounted:
        """A first mount that is answered so."""
        self.servicer.answers = [answer]
        return await self.driver.mount("vault", {"roleName": "api"}, POD, self.target, **more)

    async def republish(self, answer: Any, **more: Any) -> driver.Mounted:
        """A later call that is answered so."""
        self.servicer.answers = [answer]
        return await self.driver.republish("vault", {"roleName": "api"}, POD, self.target, **more)


@contextlib.asynccontextmanager
async def bed_of(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bed]:
    """A bed in a short path: a socket's name has at most 107 bytes."""
    bed = Bed(tmp_path_factory.mktemp("d"))
    await bed.serve()
    try:
        yield bed
    finally:
        await bed.stop()


def answer_with(files: Mapping[str, bytes], version: str = "v1") -> service_pb2.MountResponse:
    """An answer with these files, mode 0640, all of one version."""
    return service_pb2.MountResponse(
        object_version=[service_pb2.ObjectVersion(id=name, version=version) for name in files],
        files=[service_pb2.File(path=name, mode=0o640, contents=content) for name, content in files.items()],
    )


async def test_a_mount_writes_the_files_and_tells_of_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Paths, modes and versions of the answer are what the volume then has."""
    async with bed_of(tmp_path_factory) as bed:
        mounted = await bed.mount(answer_with({"user": b"u", "password": b"p"}))
        assert mounted == driver.Mounted(
            ("password", "user"), {"user": 0o640, "password": 0o640}, {"user": "v1", "password": "v1"}, written=True
        )
        assert (bed.target / "user").readlink() == Path("..data/user")
        assert (bed.target / "password").read_bytes() == b"p"


async def test_the_call_looks_like_the_drivers(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Attributes are parameters overlaid by the volume's, pod and tokens; permission is a number, no secrets null."""
    async with bed_of(tmp_path_factory) as bed:
        await bed.mount(
            answer_with({"a": b"1"}),
            tokens={"vault": secret.Secret("token-1"), "": secret.Secret("token-2")},
            provider_class="database",
            attributes={"roleName": "other"},
            timeout=30,
        )
        request = bed.servicer.asked[0]
        attributes = json.loads(request.attributes)
        tokens = json.loads(attributes.pop("csi.storage.k8s.io/serviceAccount.tokens"))
        assert attributes == {
            "roleName": "other",
            "secretProviderClass": "database",
            "csi.storage.k8s.io/ephemeral": "true",
            "csi.storage.k8s.io/pod.name": "api-0",
            "csi.storage.k8s.io/pod.namespace": "production",
            "csi.storage.k8s.io/pod.uid": "uid-1",
            "csi.storage.k8s.io/serviceAccount.name": "api-service",
        }
        assert {audience: given["token"] for audience, given in tokens.items()} == {"vault": "token-1", "": "token-2"}
        assert tokens["vault"]["expirationTimestamp"].endswith("Z")
        assert (request.permission, request.secrets) == ("420", "null")
        assert request.target_path == str(bed.target)
        assert list(request.current_object_version) == []
        # gRPC rounds a deadline up on its way.
        assert 25 < bed.servicer.remaining[0] < 31


async def test_tokens_may_travel_in_the_secrets_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With serviceAccountTokenInSecrets they stand in both places, beside the data of nodePublishSecretRef."""
    async with bed_of(tmp_path_factory) as bed:
        given = {"vault": secret.Secret("t")}
        await bed.mount(answer_with({"a": b"1"}), tokens=given, tokens_in_secrets=True, secrets={"role-id": "r"})
        request = bed.servicer.asked[0]
        secrets = json.loads(request.secrets)
        assert secrets["role-id"] == "r"
        assert secrets[attributes.TOKENS] == json.loads(request.attributes)[attributes.TOKENS]


async def test_a_driver_that_rotates_by_itself_does_not_name_the_class(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Drivers up to 1.5.6 leave secretProviderClass out of their later calls."""
    async with bed_of(tmp_path_factory) as bed:
        await bed.mount(answer_with({"a": b"1"}))
        assert "secretProviderClass" not in json.loads(bed.servicer.asked[0].attributes)


@pytest.mark.parametrize(
    ("answer", "message", "reason", "code"),
    [
        (
            grpc.StatusCode.PERMISSION_DENIED,
            "rpc error: code = PermissionDenied desc = in the provider's words",
            "GRPCProviderError",
            grpc.StatusCode.PERMISSION_DENIED,
        ),
        (
            service_pb2.MountResponse(error=service_pb2.Error(code="E42")),
            "mount request failed with provider error code E42",
            "E42",
            None,
        ),
        (service_pb2.MountResponse(), "missing object versions", "GRPCProviderError", None),
        (
            service_pb2.MountResponse(files=[service_pb2.File(path="a", mode=420, contents=b"1")]),
            "missing object versions",
            "GRPCProviderError",
            None,
        ),
        (answer_with({"../up": b"1"}), "must not contain '..'", "FileWriteError", None),
        (answer_with({"a//b": b"1"}), 'invalid filepath: "a//b"', "FileWriteError", None),
        (answer_with({"a": b"x" * driver.RECEIVE_LIMIT}), "code = ResourceExhausted", "GRPCProviderError", None),
    ],
    ids=["status", "error-field", "nothing", "no-versions", "climbs-out", "not-clean", "too-large"],
)
async def test_a_first_mount_that_fails_is_told_to_the_kubelet(
    tmp_path_factory: pytest.TempPathFactory, answer: Any, message: str, reason: str, code: grpc.StatusCode | None
) -> None:
    """The message has the pod and the provider's words, as in a FailedMount event; nothing is written."""
    async with bed_of(tmp_path_factory) as bed:
        with pytest.raises(driver.PublishFailed) as caught:
            await bed.mount(answer)
        text = str(caught.value)
        assert text.startswith("failed to mount secrets store objects for pod production/api-0, err: ")
        assert message in text
        assert caught.value.reason == reason
        if code:
            assert (caught.value.code, caught.value.details) == (code, "in the provider's words")
        assert list(bed.target.iterdir()) == []


async def test_no_files_means_that_the_provider_wrote_them_itself(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Versions alone are a success, and the directory is left as it is."""
    async with bed_of(tmp_path_factory) as bed:
        await bed.mount(answer_with({"a": b"1"}))
        only = service_pb2.MountResponse(object_version=[service_pb2.ObjectVersion(id="a", version="v2")])
        mounted = await bed.mount(only)
        assert (mounted.files, mounted.versions, mounted.written) == (("a",), {"a": "v2"}, False)


async def test_a_republish_follows_changes_and_nothing_else(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same content is not written again; new content is, and the files that are gone go."""
    async with bed_of(tmp_path_factory) as bed:
        await bed.mount(answer_with({"a": b"1", "b": b"1"}))
        assert not (await bed.republish(answer_with({"a": b"1", "b": b"1"}))).written
        mounted = await bed.republish(answer_with({"a": b"2"}, "v2"))
        assert mounted == driver.Mounted(("a",), {"a": 0o640}, {"a": "v2"}, written=True)
        assert (bed.target / "a").read_bytes() == b"2"


@pytest.mark.parametrize(
    "answer",
    [grpc.StatusCode.NOT_FOUND, service_pb2.MountResponse(), answer_with({"/abs": b"1"})],
    ids=["status", "no-versions", "bad-path"],
)
async def test_a_failed_republish_is_masked(tmp_path_factory: pytest.TempPathFactory, answer: Any) -> None:
    """The kubelet hears nothing, the files stay, and only the result tells of it."""
    async with bed_of(tmp_path_factory) as bed:
        before = await bed.mount(answer_with({"a": b"1"}))
        after = await bed.republish(answer)
        assert isinstance(after.masked, driver.PublishFailed)
        assert (after.files, after.versions, after.written) == (before.files, before.versions, False)
        assert (bed.target / "a").read_bytes() == b"1"


async def test_unavailable_is_tried_three_times(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The driver's retry policy: about a second between tries, and then the failure is final."""
    async with bed_of(tmp_path_factory) as bed:
        with pytest.raises(driver.PublishFailed) as caught:
            await bed.mount(grpc.StatusCode.UNAVAILABLE)
        assert caught.value.code == grpc.StatusCode.UNAVAILABLE
        assert len(bed.servicer.asked) == 3
        bed.servicer.asked.clear()
        bed.servicer.answers = [grpc.StatusCode.UNAVAILABLE, answer_with({"a": b"1"})]
        assert (await bed.driver.mount("vault", {}, POD, bed.target)).files == ("a",)
        assert len(bed.servicer.asked) == 2


@pytest.mark.parametrize("code", [grpc.StatusCode.INTERNAL, grpc.StatusCode.DEADLINE_EXCEEDED])
async def test_other_codes_are_final_at_once(tmp_path_factory: pytest.TempPathFactory, code: grpc.StatusCode) -> None:
    """Only UNAVAILABLE is repeated by the driver."""
    async with bed_of(tmp_path_factory) as bed:
        with pytest.raises(driver.PublishFailed):
            await bed.mount(code)
        assert len(bed.servicer.asked) == 1


async def test_a_connection_is_waited_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With a socket file but nobody behind it the driver waits until somebody listens."""
    bed = Bed(tmp_path_factory.mktemp("d"))
    (bed.directory / "vault.sock").touch()
    mounting = asyncio.create_task(bed.mount(answer_with({"a": b"1"})))
    await asyncio.sleep(0.3)
    assert not mounting.done()
    (bed.directory / "vault.sock").unlink()
    await bed.serve()
    assert (await asyncio.wait_for(mounting, clocks.HANGS)).files == ("a",)
    await bed.stop()


@pytest.mark.parametrize(
    ("provider", "message"),
    [("none", 'provider not found: provider "none"'), ("a/b", "invalid provider"), ("x" * 31, "invalid provider")],
)
async def test_a_provider_without_a_socket_is_named(tmp_path: Path, provider: str, message: str) -> None:
    """A missing socket fails at once, and a name that could lead elsewhere is never looked for."""
    double = driver.DevDriver(tmp_path)
    with pytest.raises(driver.PublishFailed) as caught:
        await double.mount(provider, {}, POD, tmp_path / "target")
    assert message in str(caught.value)
    assert not double._channels, "nothing was dialled, so nothing was waited for"


async def test_the_health_check_asks_for_the_version(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Version is called as the driver does every few minutes."""
    async with bed_of(tmp_path_factory) as bed:
        assert (await bed.driver.version("vault")).runtime_version == "1.2.3"
