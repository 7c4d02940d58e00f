"""Maps failures of the Kubernetes library, and of the libraries below it, to `errors.KubeError`.

Messages carry the address of the API server, never a body. The library is imported when a failure is mapped, so that a
provider without a cluster never pays for it.
"""

import http.client

from provider import errors
from provider.observe import redact


def timed_out(address: str) -> errors.KubeError:
    """The error of a request without an answer in the time given."""
    return errors.KubeError(f"the Kubernetes API at {address} did not answer in time", retryable=True)


def of_request(error: Exception, address: str) -> errors.KubeError:
    """The error for one of `request_errors()`."""
    from kubernetes.client import exceptions as refused  # noqa: PLC0415
    from urllib3 import exceptions  # noqa: PLC0415

    if isinstance(error, exceptions.MaxRetryError) and error.reason:
        error = error.reason
    if isinstance(error, refused.ApiException):
        # With status 0 it is a failed TLS handshake. Its texts quote bodies and headers, which must not travel along.
        error.body = error.data = error.headers = None
        if error.status:
            return errors.KubeError(f"the Kubernetes API answered {error.status}", status=error.status)
        reason = redact.one_line(str(error.reason).replace("SSLError", ""), 300)
        return errors.KubeError(
            f"TLS with the Kubernetes API at {address} failed: {reason}",
            hint="check certificate-authority and server of the kubeconfig, or ca.crt of the service account",
            retryable=True,
        )
    if isinstance(error, exceptions.NewConnectionError | OSError | exceptions.SSLError):
        cause = error if isinstance(error, OSError) else error.__cause__
        detail = f": {cause.strerror}" if isinstance(cause, OSError) and cause.strerror else ""
        return errors.KubeError(f"the Kubernetes API at {address} cannot be reached{detail}", retryable=True)
    if isinstance(error, exceptions.TimeoutError):
        return timed_out(address)
    if isinstance(error, exceptions.LocationValueError | refused.OpenApiException):
        return errors.KubeError(f"no request can be made to the Kubernetes API at {address}")
    return errors.KubeError(
        f"the connection to the Kubernetes API at {address} broke ({type(error).__name__})", retryable=True
    )


def credential_errors() -> tuple[type[Exception], ...]:
    """What loading credentials raises: the library takes a file's shape for granted."""
    import yaml  # noqa: PLC0415
    from kubernetes import config  # noqa: PLC0415

    return (config.ConfigException, yaml.YAMLError, OSError, ValueError, TypeError, KeyError, AttributeError)


def request_errors() -> tuple[type[Exception], ...]:
    """What the library, urllib3 and the sockets below raise. Our own errors are not among these and pass through."""
    from kubernetes import config  # noqa: PLC0415
    from kubernetes.client import exceptions as refused  # noqa: PLC0415
    from urllib3 import exceptions  # noqa: PLC0415

    return (
        refused.OpenApiException,
        config.ConfigException,
        exceptions.HTTPError,
        exceptions.ProxySchemeUnsupported,
        http.client.HTTPException,
        OSError,
    )
