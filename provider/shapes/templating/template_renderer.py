"""Objects that a Go template makes: compiled once, rendered against the mount's book.

The engine (`gotemplate`) is imported when the first template comes: most mounts need none of its memory.
"""

import asyncio
import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from provider import errors, model
from provider.base import cache, clock, threads, units
from provider.golang import limits
from provider.gotemplate import faults
from provider.shapes import read_results
from provider.shapes.templating import allowance

if TYPE_CHECKING:
    from provider.gotemplate.parse import nodes
    from provider.shapes.templating import lookups

T = TypeVar("T")

KEPT: Final = 256
"""Compiled templates that are kept; one takes about thirty times its source."""

LARGEST_KEPT: Final = 16 * 1024
"""Bytes of source up to which a compiled template is kept."""

_QUICK_SOURCE: Final = 4 * 1024
"""Characters of source that are compiled on the event loop: a few milliseconds."""

_THREADS: Final = 2


class Templates:
    """Compiles and renders templates for all mounts."""

    def __init__(self, time: clock.Clock) -> None:
        self._time = time
        self._compiled: cache.Bounded[model.Template, nodes.Program] = cache.Bounded(KEPT, time)
        self._threads = threads.Threads(_THREADS, "render")

    async def close(self) -> None:
        """Let the threads end."""
        self._threads.close()

    async def run_in_thread(self, work: Callable[[], T], allowed: allowance.Allowance) -> T:
        """Do `work`, which renders within `allowed`, in a thread for slow templates.

        Waiting for a thread and for `work` has no limit but the caller's. A caller that is cancelled ends the work too.
        """
        try:
            return await self._threads.run(work)
        except asyncio.CancelledError:
            allowed.cancel()
            raise

    def allow(self, each: limits.Limits, seconds: float) -> allowance.Allowance:
        """An allowance of `seconds` CPU time for the templates of one mount, each of them within `each`."""
        return allowance.Allowance(each, seconds, self._time.thread_time)

    async def prepare(self, objects: Sequence[model.Object]) -> None:
        """Compile what is not yet, so that a template that is none is told before anything is asked of Vault.

        Raises:
            errors.MountFailed: names every such object.
        """
        new = [wanted for wanted in objects if wanted.template and self._compiled.get(wanted.template) is None]
        if not new:
            return
        size = sum(len(wanted.template.source) for wanted in new if wanted.template)
        work = functools.partial(self._compile_all, new)
        failures = work() if size < _QUICK_SOURCE else await asyncio.to_thread(work)
        if failures:
            raise errors.MountFailed(failures, len(objects))

    def _compile_all(self, new: Sequence[model.Object]) -> list[tuple[str, errors.ProviderError]]:
        failures: list[tuple[str, errors.ProviderError]] = []
        for wanted in new:
            try:
                if wanted.template:
                    self._program(wanted.template)
            except errors.TemplateInvalid as error:
                failures.append((wanted.name, error))
        return failures

    def render(
        self,
        wanted: model.Object,
        template: model.Template,
        book: read_results.ReadResults,
        freeze: "lookups.Freeze",
        allowed: allowance.Allowance,
    ) -> bytes | read_results.MissingReads:
        """The file's bytes, or what has to be read first.

        Raises:
            errors.TemplateInvalid: it is no template.
            errors.TemplateFailed: it cannot be rendered; says where, and never a value.
            errors.VaultError: a secret that it asks for could not be read.
            allowance.NotQuick: it takes longer than a quick allowance has.
        """
        try:
            budget = allowed.begin()
            try:
                return self._render(wanted, template, book, freeze, budget)
            finally:
                allowed.end(budget)
        except faults.LimitFault as error:
            if allowed.is_quick:
                raise allowance.NotQuick from None
            raise (_all_used() if allowed.is_used_up else _failed(error, hint=_LIMITS_HINT)) from None
        except faults.Fault as error:
            raise _failed(error) from None
        except allowance.AllUsed:
            raise (allowance.NotQuick if allowed.is_quick else _all_used()) from None

    def _render(
        self,
        wanted: model.Object,
        template: model.Template,
        book: read_results.ReadResults,
        freeze: "lookups.Freeze",
        budget: limits.Budget,
    ) -> bytes | read_results.MissingReads:
        from provider.golang import values  # noqa: PLC0415
        from provider.gotemplate import state  # noqa: PLC0415
        from provider.gotemplate.execute import evaluator  # noqa: PLC0415
        from provider.shapes.templating import function_table, lookups  # noqa: PLC0415 -- see the module's docstring

        program = self._program(template)
        asked = lookups.TemplateLookups(book, template.namespace, freeze)
        rendering = state.State(budget, asked, self._time.now, template.missing_key)
        dot = asked.dot(wanted.read)
        if dot is not None:
            rendering.came_from(dot.fields["Data"], wanted.path)
        try:
            made = evaluator.execute(program, dot, rendering, function_table.FUNCTIONS)
        except faults.LimitFault:
            raise
        except faults.Fault:
            if not asked.is_waiting:
                raise
            made = ""
        return read_results.MissingReads(tuple(asked.wanted)) if asked.is_waiting else values.data(made)

    def _program(self, template: model.Template) -> "nodes.Program":
        program = self._compiled.get(template)
        if program is None:
            program = compile_template(template)
            if len(template.source) + sum(len(source) for _, source in template.fragments) <= LARGEST_KEPT:
                self._compiled.put(template, program)
        return program


def compile_template(template: model.Template) -> "nodes.Program":
    """Parse a template with its fragments.

    Raises:
        errors.TemplateInvalid: it is none; says where.
    """
    from provider.gotemplate.execute import builtins  # noqa: PLC0415 -- see the module's docstring
    from provider.gotemplate.parse import parser  # noqa: PLC0415 -- see the module's docstring
    from provider.shapes.templating import function_table  # noqa: PLC0415

    try:
        return parser.parse(
            "",
            template.source,
            known=builtins.NAMES | function_table.FUNCTIONS.keys(),
            left=template.left,
            right=template.right,
            fragments=dict(template.fragments),
        )
    except faults.ParseFault as error:
        raise errors.TemplateInvalid(_reported(error), hint=_hint(error.message)) from None


_LIMITS_HINT: Final = (
    f"a template may make {units.format_bytes(allowance.WHOLE.output)}, in {allowance.WHOLE.seconds:g} s of CPU time; "
    "look for a loop or a recursion that does not end"
)


def _all_used() -> errors.TemplateFailed:
    return errors.TemplateFailed(
        "the templates of this volume take too much CPU time together",
        hint="split them over several SecretProviderClasses",
    )


def _failed(error: faults.Fault, hint: str | None = None) -> errors.TemplateFailed:
    return errors.TemplateFailed(_reported(error), hint=hint)


def _reported(error: faults.Fault) -> str:
    name = f' "{error.template}"' if error.template else ""
    column = f", column {error.column}" if error.column else ""
    return f"template{name} line {error.line}{column}: {error.message}"


def _hint(message: str) -> str | None:
    if "not defined" in message and "function" in message:
        return "docs/functions.md lists the functions there are"
    return None
