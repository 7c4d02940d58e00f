"""The whole error tree. Facts are attributes, advice is `hint`; only wire/status.py knows gRPC codes.

    ProviderError
    ├── SettingsError            the provider's own flags, environment or files are wrong
    ├── SpecError                the SecretProviderClass is wrong; carries every finding
    ├── IdentityError            nothing to log in with: no token for the pod could be had
    ├── KubeError                the API server refused, or could not be reached
    ├── VaultError               anything between us and Vault
    │   ├── TargetError          this Vault can never be reached as configured: address, CA, server name, key pair
    │   ├── VaultUnavailable     unreachable, sealed, throttling or failing until patience ran out (retryable)
    │   ├── VaultFailed          an internal error, or a write whose outcome is unknown: not tried again at once
    │   ├── LoginRefused         Vault did not accept the pod's credentials for this role
    │   ├── PathDenied           the policy does not allow this path
    │   ├── SecretNotFound       nothing at this path
    │   ├── VersionGone          this version was deleted or destroyed
    │   ├── RequestRefused       Vault refused the request itself: method, arguments, mount
    │   └── BadReply             an answer that is not Vault's: HTML, no body, no JSON, too large
    ├── ContentError             the secret is there, but not as the object wants it
    │   ├── KeyNotFound          no such key
    │   ├── Undecodable          not base64, not hex
    │   └── TemplateError        says where in the template
    │       ├── TemplateInvalid  not a template
    │       └── TemplateFailed   rendering it failed
    ├── TooLarge                 the files together exceed what the driver accepts
    ├── DeadlineSpent            the time for the whole mount is over
    ├── MountFailed              one or more objects of one mount failed, each with its own error
    └── InternalError            a fault of ours; the log has the traceback

No error carries a value, a token or a reply body: messages are built from names, paths, addresses, codes and what
Vault says in its `errors` list after redaction.
"""

from collections.abc import Sequence
from typing import ClassVar, Self

from provider import findings


class ProviderError(Exception):
    """The root.

    Attributes:
        reason: a stable slug for logs and metrics.
        message: one sentence, what happened.
        hint: one sentence, what to do; None where nothing can be said.
        path: the Vault path concerned, if any.
        retryable: whether the same call may succeed later with nothing changed.
    """

    reason: ClassVar[str] = "error"

    def __init__(
        self, message: str, *, hint: str | None = None, path: str | None = None, retryable: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = path
        self.retryable = retryable

    @property
    def cause(self) -> str:
        """The slug of what is behind it: its own reason, where it does not stand for others."""
        return self.reason

    def full_message(self) -> str:
        """Message and advice as one text, the way the pod's owner reads it."""
        return f"{self.message}; {self.hint}" if self.hint else self.message

    def __str__(self) -> str:
        return self.full_message()


class SettingsError(ProviderError):
    reason = "invalid-settings"


class SpecError(ProviderError):
    """Every problem of one SecretProviderClass, reported together.

    Attributes:
        findings: all of them.
        problems: their texts, each naming the object or parameter and what to write instead; of very many, the first.
    """

    reason = "invalid-spec"

    def __init__(self, found: Sequence[findings.Finding]) -> None:
        self.findings = tuple(found)
        self.problems = findings.texts(found, "problems")
        count = "" if len(self.problems) == 1 else f"{len(self.problems)} problems: "
        super().__init__(f"invalid SecretProviderClass: {count}{'; '.join(self.problems)}")


class IdentityError(ProviderError):
    reason = "no-pod-token"


class KubeError(ProviderError):
    """The Kubernetes API. `status` is its HTTP status, None where there was no answer."""

    reason = "kubernetes-api"

    def __init__(
        self, message: str, *, status: int | None = None, hint: str | None = None, retryable: bool = False
    ) -> None:
        super().__init__(message, hint=hint, retryable=retryable)
        self.status = status


class VaultError(ProviderError):
    """`status` is Vault's HTTP status, None where there was no answer."""

    reason = "vault"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        hint: str | None = None,
        path: str | None = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(message, hint=hint, path=path, retryable=retryable)
        self.status = status


class TargetError(VaultError):
    reason = "vault-target"


class VaultUnavailable(VaultError):
    """`spent` tells whether the mount's time was used up in trying (no sense in trying again at once)."""

    reason = "vault-unavailable"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        hint: str | None = None,
        path: str | None = None,
        spent: bool = True,
    ) -> None:
        super().__init__(message, status=status, hint=hint, path=path, retryable=True)
        self.spent = spent


class VaultFailed(VaultError):
    reason = "vault-failed"


class LoginRefused(VaultError):
    reason = "login-refused"


class PathDenied(VaultError):
    reason = "path-denied"


class SecretNotFound(VaultError):
    reason = "secret-not-found"


class VersionGone(VaultError):
    reason = "version-gone"


class RequestRefused(VaultError):
    reason = "request-refused"


class BadReply(VaultError):
    reason = "bad-reply"


class ContentError(ProviderError):
    reason = "content"


class KeyNotFound(ContentError):
    reason = "key-not-found"


class Undecodable(ContentError):
    reason = "undecodable"


class TemplateError(ContentError):
    """A template of one object.

    Attributes:
        template: the name of the shared template that the place is in; "" for the object's own.
        line: in that template, from one; 0 where there is no place.
        column: from one, in characters; 0 where only the line is known.
    """

    reason = "template"

    def __init__(
        self, message: str, *, hint: str | None = None, template: str = "", line: int = 0, column: int = 0
    ) -> None:
        super().__init__(message, hint=hint)
        self.template = template
        self.line = line
        self.column = column

    def located(self, where: str) -> Self:
        """The same error with its place in the manifest's file besides."""
        return type(self)(
            f"{self.message} ({where})",
            hint=self.hint,
            template=self.template,
            line=self.line,
            column=self.column,
        )


class TemplateInvalid(TemplateError):
    reason = "template-invalid"


class TemplateFailed(TemplateError):
    reason = "template-failed"


class TooLarge(ProviderError):
    reason = "too-large"


class DeadlineSpent(ProviderError):
    reason = "deadline"


class MountFailed(ProviderError):
    """The failures of one mount, reported together: `failures` are pairs of object name and error, in the SPC's order.

    Objects that failed for the same cause (one login refused, one path denied) are named together, once.
    """

    reason = "mount-failed"

    def __init__(self, failures: Sequence[tuple[str, ProviderError]], total: int) -> None:
        self.failures = tuple(failures)
        self.total = total
        grouped: dict[str, list[str]] = {}
        for name, error in self.failures:
            grouped.setdefault(error.full_message(), []).append(name)
        message = "; ".join(f"{', '.join(names)}: {text}" for text, names in grouped.items())
        super().__init__(f"{len(self.failures)} of {total} objects failed: {message}" if total > 1 else message)
        self.retryable = all(error.retryable for _, error in self.failures)

    @property
    def cause(self) -> str:
        """The reason that all failures have in common, else its own."""
        reasons = {error.reason for _, error in self.failures}
        return reasons.pop() if len(reasons) == 1 else self.reason


class InternalError(ProviderError):
    reason = "internal"
