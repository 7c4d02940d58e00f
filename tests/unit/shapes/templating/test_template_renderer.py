"""What templates may cost: CPU time, one by one and together, however long the machine keeps them waiting."""

import asyncio
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator

import pytest

from provider import errors, model
from provider.golang import limits
from provider.shapes import read_results
from provider.shapes.templating import allowance, template_renderer
from tests.doubles import clocks

ENDLESS = "{{ range loop 1000000000 }}{{ end }}"


class Starved(clocks.TestClock):
    """The clock of a process that gets no CPU: six seconds pass whenever it looks."""

    def monotonic(self) -> float:
        self.moment += 6.0
        return self.moment


class Busy(clocks.TestClock):
    """The clock of a thread that has used two more seconds of CPU time whenever it looks."""

    def thread_time(self) -> float:
        self.cpu += 2.0
        return self.cpu


def render(templates: template_renderer.TemplateRenderer, source: str, allowed: allowance.Allowance) -> bytes:
    """The output of a template that reads nothing."""
    template = model.Template(source)
    made = templates.render(template, None, read_results.ReadResults(), lambda _, reply: reply.envelope, allowed)
    assert isinstance(made, bytes)
    return made


@pytest.fixture
async def templates() -> AsyncIterator[template_renderer.TemplateRenderer]:
    made = template_renderer.TemplateRenderer(clocks.TestClock())
    yield made
    await made.close()


@pytest.mark.parametrize("each", [allowance.QUICK, allowance.WHOLE])
def test_a_process_without_cpu_renders_in_its_own_time(each: limits.Limits) -> None:
    """A node that is busy, or a SIGSTOP, is no fault of the template."""
    templates = template_renderer.TemplateRenderer(Starved())
    allowed = templates.allow(each, each.seconds)
    assert render(templates, "{{ range loop 600 }}x{{ end }}", allowed) == b"x" * 600


STOPS = """
import os, signal
from provider import model
from provider.base import clock
from provider.golang import limits
from provider.shapes import read_results
from provider.shapes.templating import template_renderer

class Stops(clock.SystemClock):
    def now(self):
        os.kill(os.getpid(), signal.SIGSTOP)
        return 0.0

templates = template_renderer.TemplateRenderer(Stops())
template = model.Template('{{ timestamp "unix" }} {{ range loop 600 }}x{{ end }}')
allowed = templates.allow(limits.Limits(seconds=0.3), 0.3)
made = templates.render(template, None, read_results.ReadResults(), lambda _, reply: reply.envelope, allowed)
print(made.decode())
"""


def test_a_process_that_is_stopped_while_it_renders_goes_on() -> None:
    """A real one, stopped within a template for longer than the template may take."""
    process = subprocess.Popen([sys.executable, "-c", STOPS], stdout=subprocess.PIPE, text=True)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    time.sleep(0.4)
    process.send_signal(signal.SIGCONT)
    output, _ = process.communicate(timeout=30)
    assert output == "0 " + "x" * 600 + "\n"


def test_a_template_that_takes_too_much_cpu_time_is_reported_with_its_place() -> None:
    """Here a loop may be to blame, and the advice says so."""
    templates = template_renderer.TemplateRenderer(Busy())
    with pytest.raises(errors.TemplateFailed) as caught:
        render(templates, f"fine\n{ENDLESS}", templates.allow(allowance.WHOLE, 3600.0))
    assert caught.value.message == "template line 2, column 10: the template takes more than 5 s of CPU time"
    assert "look for a loop" in str(caught.value.hint)


def test_templates_of_one_volume_share_their_cpu_time() -> None:
    """What one has used the next ones do not have; no single template is blamed."""
    clock = clocks.TestClock()
    templates = template_renderer.TemplateRenderer(clock)
    allowed = templates.allow(allowance.WHOLE, 10.0)
    assert render(templates, "first", allowed) == b"first"

    def use_up(_budget: limits.Budget) -> None:
        clock.cpu += 10.0

    allowed.spend(use_up)
    with pytest.raises(errors.TemplateFailed) as caught:
        render(templates, "second", allowed)
    assert caught.value.message == "the templates of this volume take too much CPU time together"
    assert caught.value.hint == "split them over several SecretProviderClasses"


def test_the_template_that_uses_up_the_rest_is_not_blamed_for_the_whole() -> None:
    """Its own limit was shortened to what the others left."""
    templates = template_renderer.TemplateRenderer(Busy())
    with pytest.raises(errors.TemplateFailed) as caught:
        render(templates, ENDLESS, templates.allow(allowance.WHOLE, 3.0))
    assert caught.value.message == "the templates of this volume take too much CPU time together"


def test_on_the_event_loop_nothing_is_reported() -> None:
    """What is not quick starts again in a thread."""
    templates = template_renderer.TemplateRenderer(Busy())
    with pytest.raises(allowance.NotQuick):
        render(templates, ENDLESS, templates.allow(allowance.QUICK, 1.0))


async def test_what_nobody_waits_for_ends(templates: template_renderer.TemplateRenderer) -> None:
    """When its mount is over, by its deadline or by its caller, a template does not keep its thread from others."""
    roomy = limits.Limits(steps=10**12)
    waiting = []
    for _ in range(4):  # two in threads, two that wait for one
        allowed = templates.allow(roomy, 3600.0)
        work = functools.partial(render, templates, ENDLESS, allowed)
        waiting.append(asyncio.ensure_future(templates.run_in_thread(work, allowed)))
    await asyncio.sleep(0.05)
    assert not any(each.done() for each in waiting)
    for each in waiting:
        each.cancel()
    async with asyncio.timeout(30):
        assert await templates.run_in_thread(lambda: "free", templates.allow(roomy, 1.0)) == "free"
