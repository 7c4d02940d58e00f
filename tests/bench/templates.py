"""Templates: compiling, rendering, and what the engine costs in memory."""

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final

from provider import model
from provider.base import clock
from provider.shapes import read_results
from provider.shapes.templating import allowance, compiled, template_renderer

_FIVE_LINES: Final = """\
{{- with secret "secret/data/api-service/database" -}}
export DB_HOST="{{ .Data.data.host }}"
export DB_USER="{{ .Data.data.username }}"
export DB_PASS="{{ .Data.data.password }}"
{{- end }}
"""

# In an interpreter of its own: what is loaded already would cost nothing.
_MEMORY: Final = """
from provider import app
def resident():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024
before = resident()
from provider.golang import limits, regexp
from provider.gotemplate.execute import builtins, executor
from provider.gotemplate.parse import parser
from provider.shapes.templating import function_table
regexp.compile("a+").match_string("aa", limits.Budget(limits.Limits(), lambda: 0.0))
print(resident() - before)
"""


def rows() -> list[list[str]]:
    """The table's rows."""
    template = model.Template(_FIVE_LINES)
    read = model.Read("", "secret/data/api-service/database")
    data = {"host": "db.internal", "username": "api", "password": "p"}
    book = read_results.ReadResults()
    book.add({read: model.Reply({"data": data, "metadata": {}}, {})})
    templating = template_renderer.TemplateRenderer(clock.SystemClock())

    def render() -> None:
        allowed = templating.allow(allowance.QUICK, 1.0)
        made = templating.render(template, None, book, lambda _, reply: reply.envelope, allowed)
        assert isinstance(made, bytes)

    compiling = _each(lambda: compiled.compile_template(template), 200)
    rendering = _each(render, 2000)
    done = subprocess.run([sys.executable, "-c", _MEMORY], capture_output=True, text=True, check=True)
    return [
        ["a template of five lines: compiling", f"{compiling * 1000:.2f} ms", "1 ms"],
        ["rendering it, once compiled", f"{rendering * 1000:.3f} ms", "0.2 ms"],
        ["memory of the engine with RE2, loaded when first used", f"{float(done.stdout):.1f} MiB", "9 MiB"],
    ]


def _each(work: Callable[[], object], count: int) -> float:
    """Seconds a call, in the best of five rounds."""
    work()
    rounds = []
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(count):
            work()
        rounds.append((time.perf_counter() - started) / count)
    return min(rounds)
