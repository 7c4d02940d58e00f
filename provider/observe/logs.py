"""Log lines: one format, one place, redacted before they are written.

`2026-11-23T20:00:00.000Z [INFO]  provider.mount: mounted pod=production/api-0 files=3 ms=12`

Only our own loggers follow the level asked for. Those of libraries stay at WARNING at every level: the Kubernetes
client, for one, logs reply bodies at DEBUG.
"""

import logging
import time
from typing import Any, Final, TextIO

from provider.observe import redact

TRACE: Final = 5
LEVELS: Final = {
    "trace": TRACE,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "off": logging.CRITICAL + 10,
}
_NAMES: Final = {TRACE: "TRACE", logging.WARNING: "WARN", logging.CRITICAL: "ERROR"}


def quote(value: object) -> str:
    """A fact's value in a log line: bare where it is one word, else in double quotes on one line."""
    text = redact.one_line(str(value), 2000)
    if text and not any(char in text for char in ' "='):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        level = f"[{_NAMES.get(record.levelno, record.levelname)}]"
        facts: dict[str, Any] = getattr(record, "facts", {})
        message = "".join(f" {name}={quote(value)}" for name, value in facts.items())
        line = f"{moment}.{int(record.msecs):03d}Z {level:<7} {record.name}: {record.getMessage()}{message}"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return redact.scrub(line)


def setup(level: str, stream: TextIO) -> None:
    """Send all log lines to `stream`.

    Args:
        level: one of `LEVELS`; as in the Go provider, anything else means info.
        stream: where lines go; standard error in the daemon.
    """
    logging.addLevelName(TRACE, "TRACE")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    chosen = LEVELS.get(level.lower(), logging.INFO)
    root.setLevel(max(logging.WARNING, chosen))
    logging.getLogger("provider").setLevel(chosen)
