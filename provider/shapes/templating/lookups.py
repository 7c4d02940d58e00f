"""What one template asks of Vault: answered from the mount's book, or noted as wanted."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from provider import errors, model
from provider.base import vault_path
from provider.golang import failures, gojson
from provider.shapes import read_results
from provider.shapes.templating import kv_paths, vault_functions

MOST: Final = 1000
"""Secrets that one template may ask for."""

Freeze = Callable[[model.Read, model.Reply], Mapping[str, Any]]


class TemplateLookups:
    """The `state.Lookup` of one rendering.

    `wanted` are the reads that the book lacks: rendering goes on without them, to find more of them, and what it gives
    is of no use.
    """

    def __init__(self, book: read_results.ReadResults, namespace: str, freeze: Freeze) -> None:
        self._book = book
        self._namespace = namespace
        self._freeze = freeze
        self._shim = kv_paths.Shim(book)
        self._asked: set[model.Read] = set()
        self.wanted: dict[model.Read, None] = {}
        self.is_waiting = False

    def secret(self, path: str, parameters: dict[str, str] | None) -> Any:  # noqa: ANN401 -- a value of a template
        """See `state.Lookup`.

        Raises:
            failures.Failed: no such path can be, or too many are asked for.
            errors.ProviderError: the read failed.
        """
        body = "" if parameters is None else gojson.dumps(parameters)
        reply = self._reply(path, "GET" if parameters is None else "PUT", body)
        return None if reply is None else vault_functions.secret_struct(reply)

    def names(self, path: str) -> list[str]:
        """See `state.Lookup`.

        Raises:
            failures.Failed: no such path can be, or too many are asked for.
            errors.ProviderError: it could not be listed.
        """
        try:
            reply = self._reply(path, "LIST", "")
        except errors.SecretNotFound:
            return []
        keys = (reply.data or {}).get("keys") if reply is not None else None
        return sorted(str(key) for key in keys) if isinstance(keys, list) else []

    def dot(self, read: model.Read | None) -> Any:  # noqa: ANN401 -- a value of a template
        """The secret of the object itself; None where it has none, or it is not there yet.

        Raises:
            errors.ProviderError: the read failed.
        """
        if read is None:
            return None
        reply = self._held(read)
        return None if reply is None else vault_functions.secret_struct(reply)

    def _reply(self, written: str, method: str, body: str) -> model.Reply | None:
        try:
            path, query = vault_path.read(written)
        except vault_path.BadPath as error:
            raise failures.Failed(f"the path {error}") from None
        literal = model.Read(self._namespace, path, method, query, body)
        self._asked.add(literal)
        if len(self._asked) > MOST:
            raise failures.Exceeded(f"the template asks for more than {MOST} secrets")
        read, probes = self._shim.resolve(literal)
        if read is None:
            self._wait_for(*probes)
            return None
        return self._held(read)

    def _held(self, read: model.Read) -> model.Reply | None:
        if not self._book.holds(read):
            self._wait_for(read)
            return None
        return self._stable(read, self._book.reply(read))

    def _wait_for(self, *reads: model.Read) -> None:
        self.wanted |= dict.fromkeys(reads)
        self.is_waiting = True

    def _stable(self, read: model.Read, reply: model.Reply) -> model.Reply:
        """With the envelope of the first answer while the data is unchanged, so that a file does not rotate by it."""
        return model.Reply(reply.data, self._freeze(read, reply), reply.warnings, reply.size)
