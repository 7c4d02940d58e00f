"""Every failure of the Kubernetes library and of what it stands on becomes one of ours."""

import http.client
import inspect
import subprocess
import sys
from collections.abc import Iterator

import pytest
import urllib3.exceptions
from kubernetes import config
from kubernetes.client import exceptions as refused

from provider import errors
from provider.kube import faults


def _classes() -> Iterator[type[Exception]]:
    for module in (refused, config, config.config_exception, urllib3.exceptions, http.client):
        for _, one in inspect.getmembers(module, inspect.isclass):
            if issubclass(one, Exception) and one.__module__.split(".")[0] in ("kubernetes", "urllib3", "http"):
                yield one


_RAISED = sorted(
    {one for one in _classes() if not issubclass(one, Warning)}, key=lambda one: (one.__qualname__, one.__module__)
)


_ADDRESS = "https://127.0.0.1:1"


@pytest.mark.parametrize("kind", _RAISED, ids=lambda kind: f"{kind.__module__}.{kind.__qualname__}")
def test_every_exception_class_of_the_library_is_mapped(kind: type[Exception]) -> None:
    """Whatever class the library raises, a caller sees a KubeError that names the address."""
    made = kind.__new__(kind)
    assert isinstance(made, faults.request_errors())
    for name in ("status", "reason", "body", "data", "headers"):
        if issubclass(kind, refused.ApiException | urllib3.exceptions.MaxRetryError):
            setattr(made, name, None)
    message = faults.of_request(made, _ADDRESS)
    assert type(message) is errors.KubeError
    assert "127.0.0.1" in message.message


def test_the_body_of_an_answer_does_not_travel_in_the_cause() -> None:
    """A library exception that quotes an answer is emptied before ours is chained to it."""
    made = refused.ApiException(status=500, reason="x", body="s3cr3t", data={"key": "s3cr3t"})
    made.headers = {"authorization": "s3cr3t"}
    message = faults.of_request(made, _ADDRESS)
    assert message.status == 500
    assert "s3cr3t" not in str(made)
    assert "s3cr3t" not in str(message)


def test_nothing_of_the_library_is_loaded_before_a_connection_is_made() -> None:
    """Without a cluster the provider does not pay for the Kubernetes library."""
    check = (
        "import sys; from provider.kube import api_client, hmac_key, tokens; "
        "sys.exit(any(name.split('.')[0] in ('kubernetes', 'urllib3') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
