"""Renders the templates of all mounts: on the event loop while they are quick, in threads of their own otherwise."""

import asyncio
import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from provider import errors, model
from provider.base import clock, threads
from provider.golang import limits
from provider.gotemplate import faults
from provider.shapes import read_results
from provider.shapes.templating import allowance, compiled, template_errors

if TYPE_CHECKING:
    from provider.shapes.templating import lookups

T = TypeVar("T")

_QUICK_SOURCE: Final = 4 * 1024
"""Characters of source that are compiled on the event loop: a few milliseconds."""

_THREADS: Final = 2


class TemplateRenderer:
    """Compiles and renders, with the threads and the cache that all mounts share."""

    def __init__(self, time: clock.Clock) -> None:
        self._time = time
        self._compiled = compiled.CompiledTemplates(time)
        self._threads = threads.Threads(_THREADS, "render")

    async def close(self) -> None:
        """Let the threads end."""
        self._threads.close()

    async def prepare(self, objects: Sequence[model.Object]) -> None:
        """Compile uncached templates, so that syntax errors are reported before any request to Vault.

        Raises:
            errors.MountFailed: names every object whose template is not valid.
        """
        named = ((wanted.name, template) for wanted in objects for template in wanted.shape.templates)
        uncached = [(name, template) for name, template in named if template not in self._compiled]
        if not uncached:
            return
        size = sum(len(template.source) for _, template in uncached)
        work = functools.partial(self._compile, uncached)
        failures = work() if size < _QUICK_SOURCE else await asyncio.to_thread(work)
        if failures:
            raise errors.MountFailed(failures, len(objects))

    def _compile(self, named: Sequence[tuple[str, model.Template]]) -> list[tuple[str, errors.ProviderError]]:
        failures: list[tuple[str, errors.ProviderError]] = []
        for name, template in named:
            try:
                self._compiled.get(template)
            except faults.ParseFault as fault:
                failures.append((name, template_errors.invalid(fault)))
        return failures

    def allow(self, each: limits.Limits, seconds: float) -> allowance.Allowance:
        """Return an allowance of `seconds` CPU time for the templates of one mount, each of them within `each`."""
        return allowance.Allowance(each, seconds, self._time.thread_time)

    async def run_in_thread(self, work: Callable[[], T], allowed: allowance.Allowance) -> T:
        """Do `work`, which renders within `allowed`, in a thread for slow templates.

        Waiting for a thread and for `work` has no limit but the caller's. A caller that is cancelled ends the work too.
        """
        try:
            return await self._threads.run(work)
        except asyncio.CancelledError:
            allowed.cancel()
            raise

    def render(
        self,
        template: model.Template,
        read: model.Read | None,
        results: read_results.ReadResults,
        freeze: "lookups.Freeze",
        allowed: allowance.Allowance,
    ) -> bytes | read_results.MissingReads:
        """Return what a template makes, or what has to be read first.

        Args:
            template: the template.
            read: what gives its dot, None for none.
            results: what the mount has read by now.
            freeze: gives the envelope to show with a reply.
            allowed: what it may cost.

        Raises:
            errors.TemplateInvalid: it is not a valid template.
            errors.TemplateFailed: it cannot be rendered; says where, and never a value.
            errors.VaultError: a secret that it asks for could not be read.
            allowance.NotQuick: it takes longer than a quick allowance has.
        """
        from provider.shapes.templating import lookups, render  # noqa: PLC0415 -- see `compiled`

        lookup = lookups.TemplateLookups(results, template.namespace, freeze)
        try:
            program = self._compiled.get(template)
            return allowed.spend(
                lambda budget: render.render(template, read, program, lookup, budget=budget, now=self._time.now)
            )
        except faults.ParseFault as fault:
            raise template_errors.invalid(fault) from None
        except faults.LimitFault as fault:
            if allowed.is_quick:
                raise allowance.NotQuick from None
            raise (template_errors.all_used() if allowed.is_used_up else template_errors.failed(fault)) from None
        except faults.ExecFault as fault:
            raise template_errors.failed(fault) from None
        except allowance.AllUsed:
            raise (allowance.NotQuick if allowed.is_quick else template_errors.all_used()) from None
