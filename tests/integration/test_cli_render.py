"""The `render` command, as somebody who writes a template uses it."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from provider.dev.vault import server as vault_server

TEMPLATE = '{{ with secret "secret/data/db" }}{{ .Data.data.password }}{{ end }}\n'


class Local:
    """The command, in a directory with a template and answers."""

    def __init__(self, directory: Path, address: str) -> None:
        self.directory = directory
        self._address = address
        self.file("t.ctmpl", TEMPLATE)
        self.file("data.json", json.dumps({"secret/data/db": {"data": {"data": {"password": "from-file"}}}}))

    def file(self, name: str, text: str) -> str:
        path = self.directory / name
        path.write_text(text)
        return str(path)

    async def run(self, *arguments: str, stdin: str = "", **environment: str) -> tuple[int | None, str, str]:
        """Exit code, output and errors."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("VAULT", "BAO", "KUBE"))}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "provider", "render"),
            *arguments,
            cwd=self.directory,
            env={**inherited, "PYTHONPATH": str(Path(__file__).parents[2]), "VAULT_ADDR": self._address, **environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(stdin.encode())
        return process.returncode, out.decode(), err.decode()


@pytest.fixture
async def vault() -> AsyncIterator[vault_server.DevVault]:
    dev = vault_server.DevVault()
    await dev.start()
    await dev.write("secret/data/db", {"data": {"password": "from-vault"}})
    yield dev
    await dev.stop()


@pytest.fixture
def desk(vault: vault_server.DevVault, tmp_path: Path) -> Local:
    return Local(tmp_path, vault.address)


async def test_against_a_vault(desk: Local, vault: vault_server.DevVault) -> None:
    """The file on standard output, nothing else; -vault-addr wins over the environment."""
    assert await desk.run("t.ctmpl", "--vault-token-env", "T", T=vault.root_token) == (0, "from-vault\n", "")
    arguments = ("t.ctmpl", "--vault-token-env", "T", "-vault-addr", vault.address)
    assert await desk.run(*arguments, T=vault.root_token, VAULT_ADDR="http://127.0.0.1:1") == (0, "from-vault\n", "")


async def test_against_a_file_of_answers(desk: Local) -> None:
    """No Vault is needed."""
    assert await desk.run("t.ctmpl", "--data", "data.json", VAULT_ADDR="http://127.0.0.1:1") == (0, "from-file\n", "")


async def test_from_standard_input_with_every_option_of_an_object(desk: Local) -> None:
    """Dot, delimiters, fragments, missing keys, writes and lists."""
    answers = {
        "secret/data/db": {"data": {"data": {"user": "u"}}},
        "PUT pki/issue/web": {"data": {"certificate": "CERT"}},
        "LIST secret/metadata/x": {"data": {"keys": ["b", "a"]}},
    }
    desk.file("all.json", json.dumps(answers))
    desk.file("more.yaml", "hello: 'Hello {{ .user }}'\n")
    text = (
        '<< template "hello" .Data.data >> << .Data.data.nope >> '
        '<< range secrets "secret/metadata/x" >><< . >><< end >>'
        ' << with secret "pki/issue/web" "common_name=a" >><< .Data.certificate >><< end >>'
    )
    options = ("--secret-path", "secret/data/db", "--delims", "<<", ">>", "--templates", "more.yaml")
    code, out, err = await desk.run("-", "--data", "all.json", *options, "--missing-key", "zero", stdin=text)
    assert (code, out, err) == (0, "Hello u <no value> ab CERT", "")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ nope }}", 'error: template line 1, column 4: function "nope" not defined'),
        ("a\n{{ .x", "error: template line 2"),
        (
            '{{ with secret "secret/data/db" }}{{ .Data.data.pass }}{{ end }}',
            'key "pass" is not in secret/data/db (it has:',
        ),
        (
            '{{ with secret "secret/data/none" }}{{ end }}',
            "error: data.json has no answer to GET secret/data/none; it has:",
        ),
        ('{{ with secret "" }}{{ end }}', "error: template line 1, column 9: error calling secret:"),
    ],
)
async def test_what_is_wrong_is_told_on_standard_error(desk: Local, template: str, message: str) -> None:
    """With the place, exit code 1, and nothing on standard output."""
    code, out, err = await desk.run("-", "--data", "data.json", stdin=template)
    assert (code, out) == (1, "")
    assert message in err
    assert "from-file" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["t.ctmpl"], "nothing to take secrets from; give --data FILE.json"),
        (["none.ctmpl", "--data", "data.json"], "cannot read none.ctmpl: No such file"),
        (["t.ctmpl", "--data", "t.ctmpl"], "t.ctmpl: not a JSON document"),
        (["t.ctmpl", "--data", "list.json"], "list.json is no map from path to answer; write for example"),
        (["t.ctmpl", "--vault-token-env", "NOT_SET"], "the variable NOT_SET is not set"),
        (["t.ctmpl", "--data", "data.json", "--missing-key", "zer"], "did you mean zero?"),
    ],
)
async def test_a_call_that_cannot_work_says_what_to_give(desk: Local, arguments: list[str], message: str) -> None:
    """Before anything is rendered."""
    desk.file("list.json", "[]")
    code, out, err = await desk.run(*arguments)
    assert code in (1, 2)
    assert out == ""
    assert message in err
