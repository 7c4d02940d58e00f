"""A small client of Vault's HTTP API for the contract suite, and what one of its tests needs of a server."""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import yarl

from provider.golang import gojson

DENIED = ["1 error occurred:\n\t* permission denied\n\n"]
DEAD = ["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]
BARE = ["permission denied"]
UNSUPPORTED = ["1 error occurred:\n\t* unsupported operation\n\n"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. Numbers in `json` keep their text."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> dict[str, Any]:
        """The body."""
        document = gojson.loads(self.text)
        assert isinstance(document, dict)
        return document

    @property
    def data(self) -> Any:
        """The engine's content."""
        return self.json["data"]

    @property
    def auth(self) -> Any:
        """The token of a login."""
        return self.json["auth"]

    @property
    def warnings(self) -> list[str]:
        """The hints beside the content."""
        return self.json["warnings"] or []

    @property
    def refused(self) -> tuple[int, list[str]]:
        """Status and errors."""
        return self.status, self.json["errors"]


class Api:
    """One Vault, dev or real.

    Attributes:
        unseal_key: opens it after it was sealed.
        audit_lines: all audit lines so far.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        address: str,
        root_token: str,
        unseal_key: str,
        audit_lines: Callable[[], list[dict[str, Any]]],
    ) -> None:
        self.unseal_key = unseal_key
        self.audit_lines = audit_lines
        self._session = session
        self._address = address
        self._root = root_token
        self._unique = uuid.uuid4().hex[:8]
        self._numbers = itertools.count()

    def name(self, stem: str = "t") -> str:
        """A name that no other test uses."""
        return f"{stem}-{self._unique}-{next(self._numbers)}"

    async def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str
    ) -> Answer:
        """One request: with the root token unless another is given, "" for none. `body` may be JSON text."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token != "":
            sent["X-Vault-Token"] = self._root if token is None else token
        data = body if body is None or isinstance(body, str) else gojson.dumps(body)
        url = yarl.URL(f"{self._address}/v1/{path}", encoded=True)
        async with self._session.request(method, url, data=data, headers=sent, allow_redirects=False) as answer:
            return Answer(answer.status, await answer.text(), dict(answer.headers))

    async def done(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """The same for a test's preparations: it has to succeed."""
        answer = await self.ask(method, path, body, **headers)
        assert answer.status in (200, 204), (path, answer.refused)
        return answer

    async def mount(self, kind: str, **options: str) -> str:
        """A new secrets engine; its path, without a slash."""
        path = self.name(kind)
        await self.done("POST", f"sys/mounts/{path}", {"type": kind, "options": options or None})
        if options.get("version") == "2":
            await self._until_upgraded(path)
        return path

    async def _until_upgraded(self, path: str) -> None:
        """A fresh KV 2 mount of the real server refuses for a moment."""
        while (await self.ask("GET", f"{path}/config")).status != 200:
            pass

    async def login_mount(self, kind: str, config: dict[str, Any]) -> str:
        """A new login method; its path below auth/."""
        path = self.name(kind)
        await self.done("POST", f"sys/auth/{path}", {"type": kind})
        await self.done("POST", f"auth/{path}/config", config)
        return path

    async def policy(self, document: str) -> str:
        """A new policy; its name."""
        name = self.name("policy")
        await self.done("PUT", f"sys/policies/acl/{name}", {"policy": document})
        return name

    async def allow(self, path: str, *capabilities: str) -> str:
        """A new policy for one path; its name."""
        listed = ", ".join(f'"{capability}"' for capability in capabilities or ("read",))
        return await self.policy(f'path "{path}" {{ capabilities = [{listed}] }}')

    async def token(self, *policies: str, **wish: Any) -> str:
        """A new token."""
        answer = await self.done("POST", "auth/token/create", {"policies": list(policies), **wish})
        return str(answer.auth["client_token"])

    async def readable(self) -> tuple[str, str]:
        """A KV 1 secret, and a policy to read it: path and policy."""
        path = f"{await self.mount('kv', version='1')}/app"
        await self.done("PUT", path, {"key": "value"})
        return path, await self.allow(path)
