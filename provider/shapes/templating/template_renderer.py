"""Objects that a Go template makes: compiled once, rendered against the mount's book.

The engine (`gotemplate`) is imported when the first template comes: most mounts need none of its memory.
"""

import asyncio
import dataclasses
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from provider import errors, model
from provider.base import cache, clock, threads, units
from provider.golang import faults, limits
from provider.shapes import read_results

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

QUICK: Final = limits.Limits(steps=2000, seconds=0.005)
"""What a mount's templates may take on the event loop, where every other mount waits for them.

A typical one takes a tenth of a millisecond. What takes longer is begun again in a thread, and waits only for its like.
"""

WHOLE: Final = limits.Limits()


class NotQuick(Exception):
    """It takes longer than the event loop may be held up."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the templates of a mount may take together, until `end` (monotonic seconds), each within `each`."""

    each: limits.Limits
    end: float

    @property
    def is_quick(self) -> bool:
        """Whether it is that of the event loop."""
        return self.each is QUICK


class Templates:
    """Compiles and renders templates for all mounts."""

    def __init__(self, time: clock.Clock) -> None:
        self._time = time
        self._compiled: cache.Bounded[model.Template, nodes.Program] = cache.Bounded(KEPT, time)
        self._threads = threads.Threads(_THREADS, "render")

    async def close(self) -> None:
        """Let the threads end."""
        self._threads.close()

    async def apart(self, work: Callable[[], T]) -> T:
        """Do `work` in a thread for what is slow to render."""
        return await self._threads.run(work)

    def allow(self, each: limits.Limits, seconds: float) -> Allowance:
        """An allowance that begins now."""
        return Allowance(each, self._time.monotonic() + seconds)

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
        allowance: Allowance,
    ) -> bytes | read_results.MissingReads:
        """The file's bytes, or what has to be read first.

        Raises:
            errors.TemplateInvalid: it is no template.
            errors.TemplateFailed: it cannot be rendered; says where, and never a value.
            errors.VaultError: a secret that it asks for could not be read.
            NotQuick: it takes longer than a quick allowance has.
        """
        from provider.golang import values  # noqa: PLC0415
        from provider.gotemplate import state  # noqa: PLC0415
        from provider.gotemplate.execute import evaluator  # noqa: PLC0415
        from provider.shapes.templating import function_table, lookups  # noqa: PLC0415 -- see the module's docstring

        program = self._program(template)
        asked = lookups.TemplateLookups(book, template.namespace, freeze)
        budget = limits.Budget(self._left(allowance), self._time.monotonic)
        rendering = state.State(budget, asked, self._time.now, template.missing_key)
        dot = asked.dot(wanted.read)
        if dot is not None:
            rendering.came_from(dot.fields["Data"], wanted.path)
        try:
            made = evaluator.execute(program, dot, rendering, function_table.FUNCTIONS)
        except faults.LimitFault as error:
            if allowance.is_quick:
                raise NotQuick from None
            raise _failed(error, hint=_LIMITS_HINT) from None
        except faults.Fault as error:
            if not asked.is_waiting:
                raise _failed(error) from None
            made = ""
        return read_results.MissingReads(tuple(asked.wanted)) if asked.is_waiting else values.data(made)

    def _left(self, allowance: Allowance) -> limits.Limits:
        seconds = min(allowance.each.seconds, allowance.end - self._time.monotonic())
        if seconds > 0:
            return dataclasses.replace(allowance.each, seconds=seconds)
        if allowance.is_quick:
            raise NotQuick
        raise errors.TemplateFailed(
            "the templates of this volume take too long together", hint="split them over several SecretProviderClasses"
        )

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
    f"a template may make {units.format_bytes(WHOLE.output)}, in {WHOLE.seconds:g} s; look for a loop or a recursion "
    "that does not end"
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
