"""Answers what one template asks of Vault from the mount's read results, and notes what is missing there."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from provider import errors, model
from provider.base import vault_path
from provider.golang import failures, gojson
from provider.shapes import read_results
from provider.shapes.templating import kv_paths, vault_functions

MOST_SECRETS: Final = 1000
"""Secrets that one template may ask for."""

Freeze = Callable[[model.Read, model.Reply], Mapping[str, Any]]
"""Gives the envelope to show with a reply: an earlier one while its data is unchanged."""


class TemplateLookups:
    """The `state.Lookup` of one rendering.

    What is missing is nil to the template. Rendering goes on, to find more that is missing, and its output is of no
    use.

    Attributes:
        missing: the reads to be made before the next rendering.
        is_waiting: whether the output is of no use; also where a read is missing that another one will name.
    """

    def __init__(self, results: read_results.ReadResults, namespace: str, freeze: Freeze) -> None:
        self._results = results
        self._namespace = namespace
        self._freeze = freeze
        self._resolver = kv_paths.PathResolver(results)
        self._asked: set[model.Read] = set()
        self.missing: dict[model.Read, None] = {}
        self.is_waiting = False

    def secret(self, path: str, parameters: dict[str, str] | None) -> Any:  # noqa: ANN401 -- a value of a template
        """See `state.Lookup`.

        Raises:
            failures.Failed: the path is not valid, or too many secrets are asked for.
            errors.ProviderError: the read failed.
        """
        body = "" if parameters is None else gojson.dumps(parameters)
        reply = self._find(path, "GET" if parameters is None else "PUT", body)
        return None if reply is None else vault_functions.secret_struct(reply)

    def names(self, path: str) -> list[str]:
        """See `state.Lookup`.

        Raises:
            failures.Failed: the path is not valid, or too many secrets are asked for.
            errors.ProviderError: it could not be listed.
        """
        try:
            reply = self._find(path, "LIST", "")
        except errors.SecretNotFound:
            return []
        keys = (reply.data or {}).get("keys") if reply is not None else None
        return sorted(str(key) for key in keys) if isinstance(keys, list) else []

    def dot(self, read: model.Read | None) -> Any:  # noqa: ANN401 -- a value of a template
        """Return the secret of the object itself; None where the object names none, or it has not been read yet.

        Raises:
            errors.ProviderError: the read failed.
        """
        if read is None:
            return None
        reply = self._result(read)
        return None if reply is None else vault_functions.secret_struct(reply)

    def _find(self, written: str, method: str, body: str) -> model.Reply | None:
        try:
            path, query = vault_path.read(written)
        except vault_path.BadPath as error:
            raise failures.Failed(f"the path {error}") from None
        literal = model.Read(self._namespace, path, method, query, body)
        self._asked.add(literal)
        if len(self._asked) > MOST_SECRETS:
            raise failures.Exceeded(f"the template asks for more than {MOST_SECRETS} secrets")
        read, probes = self._resolver.resolve(literal)
        if read is None:
            self._wait_for(*probes)
            return None
        return self._result(read)

    def _result(self, read: model.Read) -> model.Reply | None:
        if not self._results.holds(read):
            self._wait_for(read)
            return None
        reply = self._results.reply(read)
        # Otherwise a file would rotate with every request_id.
        return model.Reply(reply.data, self._freeze(read, reply), reply.warnings, reply.size)

    def _wait_for(self, *reads: model.Read) -> None:
        self.missing |= dict.fromkeys(reads)
        self.is_waiting = True
