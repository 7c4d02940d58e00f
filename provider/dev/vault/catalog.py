"""Which engines there are: from a type, as sys/mounts and sys/auth take it, to a mount."""

from provider.dev.vault import auth_jwt, auth_kubernetes, database, engines, fields, kv1, kv2, pki, replies, state


def secret_mount(held: state.State, path: str, data: fields.Data) -> engines.Mount:
    """What `POST sys/mounts/<path>` asks for.

    Raises:
        replies.Refusal: no such engine.
    """
    kind = fields.text(data, "type")
    options = fields.mapping(data, "options") or {}
    description = fields.text(data, "description")
    if kind in ("kv", "kv-v2", "generic"):
        second = kind == "kv-v2" or str(options.get("version", "1")) == "2"
        engine: engines.Engine = kv2.Store(held.clock) if second else kv1.Store()
        shown = {"version": "2"} if second else ({"version": "1"} if options else None)
        return engines.Mount(path, "kv", engine, description, shown)
    if kind == "pki":
        return engines.Mount(path, kind, pki.Pki(held.clock), description)
    if kind == "database":
        return engines.Mount(path, kind, database.Database(held), description)
    raise _unknown(kind)


def login_mount(held: state.State, path: str, data: fields.Data) -> engines.Mount:
    """What `POST sys/auth/<path>` asks for.

    Raises:
        replies.Refusal: no such login method.
    """
    kind = fields.text(data, "type")
    description = fields.text(data, "description")
    if kind == "kubernetes":
        return engines.Mount(f"auth/{path}", kind, auth_kubernetes.KubernetesAuth(held), description, {})
    if kind == "jwt":
        return engines.Mount(f"auth/{path}", kind, auth_jwt.JwtAuth(held), description, {})
    raise _unknown(kind)


def _unknown(kind: str) -> replies.Refusal:
    if not kind:
        return replies.bad_request("backend type must be specified as a string")
    return replies.bad_request(f"plugin not found in the catalog: {kind}")
