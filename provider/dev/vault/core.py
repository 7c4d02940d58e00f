"""One request, from its token to its answer: policy, mount, engine, wrapping, audit."""

import re
from typing import Final

from provider.dev.vault import engines, policies, replies, state, tokens

_SUDO: Final = re.compile(
    r"sys/(auth/.+|audit(/.*)?|seal|step-down|leases/(revoke-prefix|revoke-force|lookup)/.*|config/auditing/.*)"
    r"|auth/token/(accessors/?|create-orphan|revoke-orphan)"
)
"""Paths that need the capability `sudo` as well."""


class Core:
    """Answers calls out of a `State`."""

    def __init__(self, held: state.State) -> None:
        self._state = held

    async def answer(self, call: engines.Call) -> replies.Reply | None:
        """The answer, None for one without content.

        Raises:
            replies.Refusal: everything that is answered by an `errors` list.
        """
        found = self._state.mounts.find(call.path)
        if found is not None:
            call.mount, call.rest = found
        open_to_all = call.mount is not None and call.mount.engine.open_to_all(call.rest)
        try:
            last_use = False if open_to_all else self._admit(call)
        except replies.Refusal as refusal:
            self._state.audit.request(call, refusal.texts[0])
            self._state.audit.response(call, refusal.texts[0])
            raise
        if open_to_all:
            call.granted = engines.Renewed(True)
        self._state.audit.request(call)
        try:
            reply = await self._run(call, open_to_all=open_to_all)
            if last_use and reply is not None and reply.lease_id:
                raise replies.bad_request(
                    "Secret cannot be returned; token had one use left, so leased credentials were immediately revoked."
                )
        except replies.Refusal as refusal:
            self._state.audit.response(call, ", ".join(refusal.texts))
            raise
        finally:
            if last_use and call.entry is not None:
                self._state.tokens.revoke(call.entry.id)
        self._state.audit.response(call, reply=reply)
        return self._wrap(call, reply) if call.wrap_ttl and reply is not None else reply

    def _admit(self, call: engines.Call) -> bool:
        """Check token and policies; True where this was the token's last use."""
        if not call.token:
            raise replies.forbidden()
        if call.token.count(".") > 1:
            raise replies.Refusal(
                500, "error performing token check: failed to look up namespace from the token: no namespace"
            )
        call.entry = self._state.tokens.find(call.token)
        if call.entry is None:
            raise replies.Refusal(403, replies.DEAD_TOKEN)
        last_use = self._state.tokens.use(call.entry)
        self._tell_create_from_update(call)
        call.granted = self._state.policies.check(
            call.entry.policies, call.path, call.operation, sudo=_SUDO.fullmatch(call.path) is not None
        )
        if not call.granted.allowed:
            if last_use:
                self._state.tokens.revoke(call.entry.id)
            raise replies.denied()
        return last_use

    @staticmethod
    def _tell_create_from_update(call: engines.Call) -> None:
        if call.operation == "update" and call.mount is not None and not call.mount.engine.exists(call.rest):
            call.operation = "create"

    async def _run(self, call: engines.Call, *, open_to_all: bool) -> replies.Reply | None:
        if call.mount is None:
            raise replies.Refusal(404, f'no handler for route "{call.path}". route entry not found.')
        try:
            reply = await call.mount.engine.answer(call)
        except replies.Refusal as refusal:
            if open_to_all and refusal.texts == (replies.UNSUPPORTED,):
                raise replies.Refusal(405, "unsupported operation") from None
            raise
        if reply is not None:
            reply.request_id = call.id
            reply.mount_type = "" if open_to_all or reply.status != 200 else call.mount.type
        return reply

    def _wrap(self, call: engines.Call, reply: replies.Reply) -> replies.Reply:
        reply.final_newline = False
        wish = tokens.Wish((policies.WRAPPING,), ttl=call.wrap_ttl, num_uses=1, no_default_policy=True, renewable=False)
        entry, _ = self._state.tokens.create(wish, path=call.path, display_name="")
        self._state.wrapped[entry.id] = (call.path, reply.body())
        info = {
            "token": entry.id,
            "accessor": entry.accessor,
            "ttl": call.wrap_ttl,
            "creation_time": replies.timestamp(entry.issued),
            "creation_path": call.path,
        }
        if reply.auth:
            info["wrapped_accessor"] = reply.auth["accessor"]
        return replies.Reply(wrap_info=info)
