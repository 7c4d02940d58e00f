"""Renders a mount in passes: all reads in parallel, then all files, or every failure reported together."""

import asyncio
import contextlib
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from provider import errors, model
from provider.base import units
from provider.shapes import envelopes, read_results, renderer
from provider.shapes.templating import allowance, template_renderer

MAX_RESPONSE: Final = 3_900_000
"""Bytes of all files together. The driver refuses a message over 4 MiB without saying which file is to blame."""

MAX_READ: Final = 32 * 1024 * 1024
"""Bytes of all replies to one mount. Files take 3.9 MB; this is for templates that pick little out of much."""

PASSES: Final = 10
"""Times that a mount's objects are rendered at most: each pass may find secrets whose paths the last one gave."""

TEMPLATE_SECONDS: Final = 10.0
"""CPU time that the templates of one mount may take together."""

_FILE_OVERHEAD: Final = 128
"""Bytes that a file and its version cost in the message beside contents and twice its name, at most."""

_NAMED: Final = 3


class Reader(Protocol):
    """Whoever reads from Vault for this mount."""

    async def read(self, read: model.Read) -> model.Reply:
        """What Vault answers.

        Raises:
            errors.ProviderError: nothing usable.
        """


@dataclass(frozen=True, slots=True)
class Result:
    """All objects of a mount, rendered, in the order of the SPC, and how many reads they took."""

    rendered: tuple[renderer.Rendered, ...]
    reads: int

    @property
    def files(self) -> tuple[model.File, ...]:
        """Every file of the volume."""
        return tuple(file for one in self.rendered for file in one.files)


async def run(
    spec: model.MountSpec,
    reader: Reader,
    shown: Mapping[str, tuple[envelopes.ShownEnvelope, ...]],
    templates: template_renderer.TemplateRenderer,
) -> Result:
    """Read and render everything `spec` names.

    Which secrets a template asks for shows in rendering it. So all objects are rendered from results that are empty at
    first; what is missing is read, all at once, and they are rendered again, until nothing is missing. Two passes and
    one round trip are the rule; a template that takes a path out of a secret needs another.

    Args:
        spec: what the SPC says.
        reader: reads from Vault.
        shown: what each object has shown before of responses besides their data, by its name.
        templates: renders templates.

    Raises:
        errors.MountFailed: at least one object failed; names each.
        errors.TooLarge: the files together are more than the driver takes.
    """
    results = read_results.ReadResults()
    passes = _Passes(spec.objects, renderer.Renderer(results, spec.default_mode, shown, templates))
    size = 0
    for _ in range(PASSES):
        wanted = await passes.render(size)
        if not wanted:
            break
        outcomes = await _read_all(wanted, reader)
        size += sum(outcome.size for outcome in outcomes.values() if isinstance(outcome, model.Reply))
        results.add(outcomes)
        if size > MAX_READ:
            raise errors.TooLarge(
                f"the secrets that this volume reads come to more than {units.format_bytes(MAX_READ)}",
                hint="read less in its templates, or split it over several SecretProviderClasses",
            )
    result = Result(passes.results(), len(results))
    _weigh(result.files)
    return result


class _Passes:
    """The objects of a mount, rendered pass by pass. What is done, well or not, is not done again."""

    def __init__(self, objects: tuple[model.Object, ...], rendering: renderer.Renderer) -> None:
        self._objects = objects
        self._renderer = rendering
        self._done: dict[str, renderer.Rendered | errors.ProviderError] = {}
        self._templating = any(wanted.shape.templates for wanted in objects)
        self._all = rendering.templates.allow(allowance.WHOLE, TEMPLATE_SECONDS)

    async def render(self, size: int) -> tuple[model.Read, ...]:
        """One pass over what is not done; the reads that are still wanted. `size` is that of all replies in bytes."""
        if size < model.LARGE:
            with contextlib.suppress(allowance.NotQuick):
                return self._render(self._renderer.templates.allow(allowance.QUICK, allowance.QUICK.seconds))
        work = functools.partial(self._render, self._all)
        if not self._templating:
            return await asyncio.to_thread(work)
        return await self._renderer.templates.run_in_thread(work, self._all)

    def _render(self, allowed: allowance.Allowance) -> tuple[model.Read, ...]:
        reads: dict[model.Read, None] = {}
        for wanted in self._objects:
            if wanted.name in self._done:
                continue
            try:
                made = self._renderer.render(wanted, allowed)
            except errors.ProviderError as error:
                self._done[wanted.name] = error
                continue
            if isinstance(made, read_results.MissingReads):
                reads |= dict.fromkeys(made.reads)
            else:
                self._done[wanted.name] = made
        return tuple(reads)

    def results(self) -> tuple[renderer.Rendered, ...]:
        """All objects, in the order of the SPC.

        Raises:
            errors.MountFailed: at least one failed; names each.
        """
        rendered: list[renderer.Rendered] = []
        failures: list[tuple[str, errors.ProviderError]] = []
        for wanted in self._objects:
            made = self._done.get(wanted.name) or errors.TemplateFailed(
                f"it asks for other secrets each time it is rendered, {PASSES} times",
                hint="build paths and parameters from nothing that changes, such as timestamp",
            )
            if isinstance(made, renderer.Rendered):
                rendered.append(made)
            else:
                failures.append((wanted.name, made))
        if failures:
            raise errors.MountFailed(failures, len(self._objects))
        return tuple(rendered)


async def _read_all(reads: Sequence[model.Read], reader: Reader) -> dict[model.Read, read_results.Outcome]:
    async def one(read: model.Read) -> read_results.Outcome:
        try:
            return await reader.read(read)
        except errors.ProviderError as error:
            return error

    async with asyncio.TaskGroup() as group:
        tasks = {read: group.create_task(one(read)) for read in reads}
    return {read: task.result() for read, task in tasks.items()}


def _weigh(files: Sequence[model.File]) -> None:
    sizes = {file.path: len(file.contents) for file in files}
    total = sum(sizes.values()) + sum(2 * len(path.encode()) + _FILE_OVERHEAD for path in sizes)
    if total <= MAX_RESPONSE:
        return
    largest = sorted(sizes, key=lambda path: sizes[path], reverse=True)[:_NAMED]
    message = ", ".join(f"{path} ({units.format_bytes(sizes[path])})" for path in largest)
    raise errors.TooLarge(
        f"the {len(sizes)} files of this volume come to {units.format_bytes(total)}, over the "
        f"{units.format_bytes(MAX_RESPONSE)} that the driver accepts; the largest: {message}",
        hint="split them over several SecretProviderClasses",
    )
