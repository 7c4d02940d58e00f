"""Requests service-account tokens for pods whose mount request carries none (TokenRequest)."""

import itertools
import random
import urllib.parse
from typing import Final, NoReturn

from provider import errors, model
from provider.base import backoff, clock, secret
from provider.kube import api_client

SECONDS: Final = 900
"""Life of a token; it is used once, for a login."""

PATIENCE: Final = 25.0
"""Seconds that a mount waits for an API server that is restarting or hangs."""

_TRY_SECONDS: Final = 8.0
_RETRY: Final = backoff.Exponential(first=0.25, longest=2.0, jitter=(0.5, 1.0))

_RULE: Final = '{apiGroups: [""], resources: [serviceaccounts/token], verbs: [create]}'
_HINTS: Final = {
    400: "the pod must still run under this service account",
    401: "the API server does not accept the provider's own service account token",
    409: "the pod was deleted and another one created under the same name; the new pod gets a mount of its own",
}


async def request_pod_token(
    client: api_client.Client, pod: model.Pod, audience: str, *, time: clock.Clock, patience: float = PATIENCE
) -> secret.Secret:
    """Request a token of the pod's service account, bound to the pod: it ends with the pod.

    A second request does no harm, so it is repeated while the API server is away, until `patience` seconds are over.

    Args:
        client: the API server.
        pod: needs all of namespace, name, UID and service account.
        audience: who the token is for; "" for the API server's own default.
        time: the clock by which `patience` is counted.
        patience: seconds.

    Raises:
        errors.IdentityError: retryable where the API server was away or throttling.
    """
    missing = [name for name in ("namespace", "name", "uid", "service_account") if not getattr(pod, name)]
    if missing:
        raise errors.IdentityError(
            f"no token can be made for the pod: the driver did not send its {', '.join(missing)}".replace("_", " "),
            hint="set podInfoOnMount: true in the CSIDriver secrets-store.csi.k8s.io",
        )
    namespace, account = (urllib.parse.quote(part, safe="") for part in (pod.namespace, pod.service_account))
    body = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {
            "audiences": [audience] if audience else [],
            "expirationSeconds": SECONDS,
            "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": pod.name, "uid": pod.uid},
        },
    }
    deadline = time.monotonic() + patience
    for failures in itertools.count(1):
        left = deadline - time.monotonic()
        try:
            answer = await client.request(
                "POST",
                f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token",
                body,
                timeout=max(0.05, min(_TRY_SECONDS, left)),
            )
            break
        except errors.KubeError as error:
            pause = _RETRY.pause(failures, random.random())  # noqa: S311 -- jitter
            if not error.retryable or time.monotonic() + pause >= deadline:
                _raise_refused(error, pod, audience)
        await time.sleep(pause)
    status = answer.get("status")
    token = status.get("token") if isinstance(status, dict) else None
    if not isinstance(token, str) or not token:
        raise errors.IdentityError(f"{_subject(pod)}: the Kubernetes API answered without a token")
    return secret.Secret(token)


def _subject(pod: model.Pod) -> str:
    return f"no token for service account {pod.namespace}/{pod.service_account} (pod {pod.name})"


def _raise_refused(error: errors.KubeError, pod: model.Pod, audience: str) -> NoReturn:
    hint = error.hint or _HINTS.get(error.status or 0)
    if error.status == 403:
        wanted = audience or "vault (openbao for provider openbao)"
        hint = (
            f"let the kubelet send tokens: set spec.tokenRequests: [{{audience: {wanted}}}] in the CSIDriver "
            f"secrets-store.csi.k8s.io; or let the provider make them: add the rule {_RULE} to its ClusterRole"
        )
    elif error.status == 404:
        missing = {
            'pods "': "the pod is gone",
            'serviceaccounts "': f"create it: kubectl -n {pod.namespace} create serviceaccount {pod.service_account}",
        }
        hint = next((text for sign, text in missing.items() if sign in error.message), None)
    elif error.retryable:
        hint = "it is tried again"
    raise errors.IdentityError(f"{_subject(pod)}: {error.message}", hint=hint, retryable=error.retryable) from error
