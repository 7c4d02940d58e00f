"""Maps every error to a gRPC status code and message. The only place that knows the codes.

The driver calls up to three times on UNAVAILABLE, a second apart. That helps only where another call finds another
state at once: Vault could not be reached, and the number of our own tries is capped (VAULT_MAX_RETRIES). Where the
time was used up in trying, the same code would only triple the load on a Vault in trouble: that is DEADLINE_EXCEEDED.
Where a write may have been carried out, it would carry it out three times: that is FAILED_PRECONDITION.
"""

from typing import Final

import grpc

from provider import errors
from provider.observe import redact

Code = grpc.StatusCode

TABLE: Final[dict[type[errors.ProviderError], grpc.StatusCode]] = {
    errors.ProviderError: Code.INTERNAL,
    errors.SettingsError: Code.FAILED_PRECONDITION,
    errors.SpecError: Code.INVALID_ARGUMENT,
    errors.IdentityError: Code.UNAUTHENTICATED,
    errors.KubeError: Code.FAILED_PRECONDITION,
    errors.VaultError: Code.FAILED_PRECONDITION,
    errors.TargetError: Code.FAILED_PRECONDITION,
    errors.VaultUnavailable: Code.UNAVAILABLE,
    errors.VaultFailed: Code.FAILED_PRECONDITION,
    errors.LoginRefused: Code.UNAUTHENTICATED,
    errors.PathDenied: Code.PERMISSION_DENIED,
    errors.SecretNotFound: Code.NOT_FOUND,
    errors.VersionGone: Code.NOT_FOUND,
    errors.RequestRefused: Code.INVALID_ARGUMENT,
    errors.BadReply: Code.FAILED_PRECONDITION,
    errors.ContentError: Code.FAILED_PRECONDITION,
    errors.KeyNotFound: Code.NOT_FOUND,
    errors.Undecodable: Code.FAILED_PRECONDITION,
    errors.TemplateError: Code.FAILED_PRECONDITION,
    errors.TemplateInvalid: Code.INVALID_ARGUMENT,
    errors.TemplateFailed: Code.FAILED_PRECONDITION,
    errors.TooLarge: Code.RESOURCE_EXHAUSTED,
    errors.DeadlineSpent: Code.DEADLINE_EXCEEDED,
    errors.MountFailed: Code.FAILED_PRECONDITION,
    errors.InternalError: Code.INTERNAL,
}

# Where the objects of one mount failed for different causes, the mount gets the code that its owner can act on.
_PRECEDENCE: Final = (
    Code.INVALID_ARGUMENT,
    Code.UNAUTHENTICATED,
    Code.PERMISSION_DENIED,
    Code.NOT_FOUND,
    Code.FAILED_PRECONDITION,
    Code.RESOURCE_EXHAUSTED,
    Code.DEADLINE_EXCEEDED,
    Code.UNAVAILABLE,
    Code.INTERNAL,
)

_MESSAGE_LIMIT: Final = 3000
"""Characters of a status message at most: it travels as an HTTP/2 header, and an Event keeps 1,024 of it."""


def code(error: errors.ProviderError) -> grpc.StatusCode:
    """Return the status code of an error."""
    if isinstance(error, errors.MountFailed):
        return min((code(one) for _, one in error.failures), key=_PRECEDENCE.index)
    if isinstance(error, errors.VaultUnavailable) and error.spent:
        return Code.DEADLINE_EXCEEDED
    return TABLE[type(error)]


def message(error: errors.ProviderError) -> str:
    """Return what the pod's owner reads: one line, redacted, short enough to arrive."""
    return redact.one_line(redact.scrub(error.full_message()), _MESSAGE_LIMIT)
