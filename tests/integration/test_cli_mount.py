"""The `mount` command, as somebody at a desk uses it."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from provider.dev.kube import server as kube_server
from provider.dev.vault import server as vault_server
from tests.doubles import clocks

SPC = """
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: {name: api, namespace: production}
spec:
  provider: vault
  parameters:
    roleName: api-service
    objects: |
      - {objectName: pw, secretPath: secret/data/db, secretKey: password, filePermission: 0600}
      - {objectName: dir/all.json, secretPath: secret/data/db, metod: GET}
"""


class Local:
    """A dev Vault, a dev API server, and the command in `directory`."""

    def __init__(self, directory: Path, vault: vault_server.DevVault, kube: kube_server.DevKube) -> None:
        self.directory = directory
        self.vault = vault
        self.kube = kube
        self.target = directory / "out"
        (directory / "spc.yaml").write_text(SPC)

    async def start(self, *arguments: str, **environment: str) -> asyncio.subprocess.Process:
        """The command, running."""
        command = [sys.executable, "-m", "provider", "mount", "--spc", str(self.directory / "spc.yaml")]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("VAULT", "BAO", "KUBE"))}
        return await asyncio.create_subprocess_exec(
            *command,
            "--target",
            str(self.target),
            *arguments,
            env={**inherited, "VAULT_ADDR": self.vault.address, "PYTHONUNBUFFERED": "1", **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *arguments: str, **environment: str) -> tuple[int | None, str, str]:
        """Exit code, output and errors."""
        process = await self.start(*arguments, **environment)
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Local]:
    vault, kube = vault_server.DevVault(), kube_server.DevKube()
    await vault.start()
    await kube.start()
    await vault.write("secret/data/db", {"data": {"password": "p1-canary"}})
    yield Local(tmp_path, vault, kube)
    await kube.stop()
    await vault.stop()


async def test_with_a_vault_token_it_writes_the_files_and_prints_a_table(desk: Local) -> None:
    """Files as the driver writes them; file, mode, size, version and source; no value; warnings aside."""
    code, out, err = await desk.run("--vault-token-env", "T", T=desk.vault.root_token)
    assert code == 0, err
    assert (desk.target / "pw").read_text() == "p1-canary"
    assert (desk.target / "pw").is_symlink()
    assert (desk.target / "dir/all.json").exists()
    rows = [line.split() for line in out.splitlines()]
    assert rows[0] == ["FILE", "MODE", "SIZE", "VERSION", "SOURCE"]
    assert rows[1][:4] == ["pw", "0600", "9", "B"]
    assert rows[1][-2:] == ["GET", "secret/data/db#password"]
    assert "canary" not in out + err
    assert "metod" in err
    assert f"did you mean method? ({desk.directory / 'spc.yaml'} line 11, column 64)" in err


async def test_json_output_is_one_document(desk: Local) -> None:
    """For scripts."""
    _, out, _ = await desk.run("--vault-token-env", "T", "-o", "json", T=desk.vault.root_token)
    files = json.loads(out)["files"]
    assert tuple(files[0][name] for name in ("file", "mode", "size")) == ("pw", "0600", 9)
    assert all(row["version"] for row in files)


async def test_with_a_service_account_token_it_logs_in_as_the_pod_would(desk: Local) -> None:
    """--token-file, and --kubeconfig to have one made."""
    await desk.vault.write("sys/policies/acl/db", {"policy": 'path "secret/data/db" { capabilities = ["read"] }'})
    await desk.vault.write("sys/auth/kubernetes", {"type": "kubernetes"})
    await desk.vault.write("auth/kubernetes/config", {"kubernetes_host": desk.kube.address})
    role = {"bound_service_account_names": ["api"], "bound_service_account_namespaces": ["production"]}
    await desk.vault.write("auth/kubernetes/role/api-service", {**role, "token_policies": ["db"]})
    pod = desk.kube.create_pod("production", "api-0", "api")
    (desk.directory / "jwt").write_text(desk.kube.issue_token(pod, ["vault"]).reveal_text() + "\n")
    code, _, err = await desk.run("--token-file", str(desk.directory / "jwt"), "--service-account", "api")
    assert code == 0, err
    (desk.directory / "kubeconfig").write_text(desk.kube.kubeconfig())
    code, _, err = await desk.run(
        *("--kubeconfig", str(desk.directory / "kubeconfig"), "--service-account", "api"),
        *("--pod", "api-0", "--pod-uid", pod.uid),
    )
    assert code == 0, err


async def test_a_failure_is_the_message_of_the_pods_event(desk: Local) -> None:
    """Exit code 1, status and message, files untouched."""
    (desk.directory / "spc.yaml").write_text(SPC.replace("secretKey: password", "secretKey: passwort"))
    code, out, err = await desk.run("--vault-token-env", "T", T=desk.vault.root_token)
    assert (code, out) == (1, "")
    assert err == (
        'error: NOT_FOUND: 1 of 2 objects failed: pw: secret/data/db has no key "passwort"; it has: password\n'
    )


@pytest.mark.parametrize(
    ("field", "column", "message"),
    [
        (
            "encoding: rot13",
            64,
            'invalid SecretProviderClass: pw: encoding "rot13" is unknown; write utf-8, base64 or hex@',
        ),
        (
            "template: '{{ nope }}'",
            68,
            '1 of 2 objects failed: pw: template line 1, column 4: function "nope" not defined@;',
        ),
        ("template: '{{ .Data.data.x }}'", 73, 'key "x" is not in secret/data/db (it has: password)@'),
    ],
)
async def test_a_failure_has_its_place_in_the_file(desk: Local, field: str, column: int, message: str) -> None:
    """Of a field, of a template that is not one, and of a template that cannot be rendered."""
    (desk.directory / "spc.yaml").write_text(SPC.replace("secretKey: password", field))
    code, _, err = await desk.run("--vault-token-env", "T", T=desk.vault.root_token)
    assert code == 1
    assert message.replace("@", f" ({desk.directory / 'spc.yaml'} line 10, column {column})") in err


async def test_a_target_with_files_of_somebody_is_refused(desk: Local) -> None:
    """Nothing of theirs is touched."""
    desk.target.mkdir()
    (desk.target / "pw").write_text("mine")
    code, _, err = await desk.run("--vault-token-env", "T", T=desk.vault.root_token)
    assert code == 2
    assert "files that are not this command's" in err
    assert (desk.target / "pw").read_text() == "mine"


async def test_watching_shows_rotations_as_they_happen(desk: Local) -> None:
    """A changed secret is a line with its time and the names, and the files follow."""
    process = await desk.start("--vault-token-env", "T", "--watch", "--interval", "200ms", T=desk.vault.root_token)
    assert process.stdout is not None
    async with asyncio.timeout(clocks.HANGS):
        for _ in range(3):
            await process.stdout.readline()
        await desk.vault.write("secret/data/db", {"data": {"password": "p2"}})
        assert (await process.stdout.readline()).strip() == b""
        assert (await process.stdout.readline()).decode().endswith("changed: pw, dir/all.json\n")
        assert (desk.target / "pw").read_text() == "p2"
    process.terminate()
    await process.communicate()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "nobody to log in as; give --token-file"),
        (["--vault-token-env", "NOT_SET"], "the variable NOT_SET is not set"),
        (["--vault-token-env", "T", "--timeout", "soon"], "--timeout: 'soon' is not a duration"),
        (["--token-file", "/nowhere"], "cannot read /nowhere: No such file"),
        (["--vault-token-env", "T", "--name", "other"], "has no SecretProviderClass named other"),
        (["--vault-token-env", "T", "--nope"], "--nope"),
    ],
)
async def test_bad_input_is_told_in_one_line(desk: Local, arguments: list[str], expected: str) -> None:
    """With what to do, and without a traceback."""
    code, _, err = await desk.run(*arguments, T="x")
    assert code in (1, 2)
    assert expected in err
    assert "Traceback" not in err
    assert err.count("\n") == 1
