"""The Status objects that an API server answers with instead of what was asked for, in its words."""

from typing import Any

from aiohttp import web


class Refusal(Exception):
    """A request that is not granted; `status` is the object that is sent."""

    def __init__(self, code: int, reason: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            **({"details": details} if details else {}),
            "code": code,
        }

    def answer(self) -> web.Response:
        """The refusal as it goes over the wire."""
        return web.json_response(self.status, status=self.code)


def not_found(resource: str, name: str) -> Refusal:
    """No such object; for resource "" no such path."""
    if not resource:
        return Refusal(404, "NotFound", "the server could not find the requested resource")
    return Refusal(404, "NotFound", f'{resource} "{name}" not found', name=name, kind=resource)


def already_exists(resource: str, name: str) -> Refusal:
    """An object of this name is there."""
    return Refusal(409, "AlreadyExists", f'{resource} "{name}" already exists', name=name, kind=resource)


def conflict(kind: str, name: str, why: str) -> Refusal:
    """The object is not the one that was meant."""
    message = f'Operation cannot be fulfilled on {kind} "{name}": {why}'
    return Refusal(409, "Conflict", message, name=name, kind=kind)


def bad_request(why: str) -> Refusal:
    """The request makes no sense."""
    return Refusal(400, "BadRequest", why)


def invalid(kind: str, name: str, field: str, why: str) -> Refusal:
    """A field holds what it may not hold."""
    message = f'{kind} "{name}" is invalid: {field}: {why}'
    return Refusal(422, "Invalid", message, name=name, kind=kind)


def expired(version: int, oldest: int) -> Refusal:
    """What came after this version is not remembered."""
    return Refusal(410, "Expired", f"too old resource version: {version} ({oldest})")


def unauthorized() -> Refusal:
    """No token, or one that is not known."""
    return Refusal(401, "Unauthorized", "Unauthorized")


def not_allowed() -> Refusal:
    """The path is there, the method is not."""
    return Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def forbidden(*, user: str, verb: str, resource: str, name: str, namespace: str, group: str) -> Refusal:
    """RBAC has no rule for it. `resource` may have a subresource: serviceaccounts/token."""
    plain = resource.split("/", 1)[0]
    subject = f"{plain}.{group}" if group else plain
    named = f' "{name}"' if name else ""
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    what = f'User "{user}" cannot {verb} resource "{resource}" in API group "{group}" {where}'
    details = {"name": name} if name else {}
    return Refusal(403, "Forbidden", f"{subject}{named} is forbidden: {what}", **details, kind=plain)


def deleted(resource: str, name: str, uid: str) -> dict[str, Any]:
    """The answer to a DELETE that was done."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {"name": name, "kind": resource, "uid": uid},
    }
