"""A republish while nothing is due: what it costs, what it may not skip, and what the log says of it."""

import collections
import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import FrameType

import pytest

from provider import model, settings
from provider.service import ports
from provider.spec import attributes, parameters
from tests.integration import harness

MOST_CALLS = 100
OBJECTS = """
- {objectName: user, secretPath: secret/data/db, secretKey: user}
- {objectName: all.json, secretPath: secret/data/db}
- objectName: db.env
  template: '{{ with secret "secret/data/db" }}{{ .Data.data.password }}{{ end }}'
"""


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[harness.Harness]:
    async with harness.running(tmp_path, settings.Settings()) as started:
        await started.kv("db", user="app", password="p1")
        yield started


def call(parts: harness.Harness, pod: model.Pod, objects: str = OBJECTS, **changed: str) -> ports.Call:
    """As the driver makes it: with a new token each time."""
    sent = attributes.compose({"roleName": "api-service", "objects": objects, **changed}, pod, "spc")
    token = parts.kube.issue_token(pod, ["vault"]).reveal_text()
    tokens = {attributes.TOKENS: json.dumps({"vault": {"token": token}})}
    return ports.Call(json.dumps({**sent, **tokens}), "null", "/target", "420", parameters.VAULT)


@pytest.fixture
def counted() -> Iterator[collections.Counter[str]]:
    """Counts every call of a Python function from the moment that it is emptied."""
    seen: collections.Counter[str] = collections.Counter()

    def count(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            seen[f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_name}"] += 1

    sys.setprofile(count)
    yield seen
    sys.setprofile(None)


async def test_it_takes_a_few_calls_and_parses_nothing(
    parts: harness.Harness, counted: collections.Counter[str]
) -> None:
    """Twice a second on a full node: the SPC is not understood again, and no version is made again."""
    pod = parts.pod()
    first = await parts.service.mounts.mount(call(parts, pod))
    await parts.service.mounts.mount(call(parts, pod))
    asked = len(parts.vault.requests)
    again = call(parts, pod)
    counted.clear()
    answered = await parts.service.mounts.mount(again)
    total = counted.total()
    assert answered == first
    assert len(parts.vault.requests) == asked
    assert total < MOST_CALLS, counted.most_common(20)
    assert not {"check.py:build", "versions.py:of_object", "compose.py:parse"} & set(counted)


async def test_another_class_is_another_call(parts: harness.Harness) -> None:
    """Whatever changed in it, and back again."""
    pod = parts.pod()
    one = await parts.service.mounts.mount(call(parts, pod))
    other = await parts.service.mounts.mount(call(parts, pod, OBJECTS.replace("user,", "login,", 1)))
    assert [made.wanted.name for made in one.objects] == ["user", "all.json", "db.env"]
    assert [made.wanted.name for made in other.objects] == ["login", "all.json", "db.env"]
    assert await parts.service.mounts.mount(call(parts, pod)) == one


async def test_a_class_that_became_wrong_is_not_hidden(
    parts: harness.Harness, caplog: pytest.LogCaptureFixture
) -> None:
    """The files stay, and each call says why; the class as it was is answered at once."""
    pod = parts.pod()
    good = await parts.service.mounts.mount(call(parts, pod))
    for _ in range(2):
        caplog.clear()
        assert await parts.service.mounts.mount(call(parts, pod, "- {objectName: x}")) == good
        assert "refresh failed, files stay" in caplog.messages
    caplog.clear()
    assert await parts.service.mounts.mount(call(parts, pod)) == good
    assert "refresh failed, files stay" not in caplog.messages


async def test_the_log_has_a_line_for_what_changed_only(
    parts: harness.Harness, caplog: pytest.LogCaptureFixture
) -> None:
    """At INFO: the first mount, then each rotation with the names of what it changed."""
    pod = parts.pod()
    with caplog.at_level(logging.INFO, "provider.mount"):
        for password in ("p1", "p2"):
            await parts.kv("db", user="app", password=password)
            for _ in range(3):
                await parts.service.mounts.mount(call(parts, pod, refreshInterval="0s"))
    lines = [line for line in caplog.records if line.levelno == logging.INFO and line.name == "provider.mount"]
    assert [line.message for line in lines] == ["mounted", "rotated"]
    assert lines[1].__dict__["facts"]["changed"] == "all.json,db.env"
