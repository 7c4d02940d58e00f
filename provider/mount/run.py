"""The work of one mount: all reads in parallel, then all files, or every failure told together."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from provider import errors, model, units
from provider.mount import plan
from provider.render import jobs, lookup

MAX_RESPONSE: Final = 3_900_000
"""Bytes of all files together. The driver refuses a message over 4 MiB without saying which file is to blame."""

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

    rendered: tuple[jobs.Rendered, ...]
    reads: int

    @property
    def files(self) -> tuple[model.File, ...]:
        """Every file of the volume."""
        return tuple(file for one in self.rendered for file in one.files)


async def run(spec: model.MountSpec, reader: Reader, freeze: jobs.Freeze) -> Result:
    """Read and render everything `spec` names.

    Raises:
        errors.MountFailed: at least one object failed; names each.
        errors.TooLarge: the files together are more than the driver takes.
    """
    reads = plan.reads(spec.objects)
    outcomes = await _read_all(reads, reader)
    size = sum(outcome.size for outcome in outcomes.values() if isinstance(outcome, model.Reply))
    if size < model.LARGE:
        rendered = _render(spec, lookup.Book(outcomes), freeze)
    else:
        rendered = await asyncio.to_thread(_render, spec, lookup.Book(outcomes), freeze)
    result = Result(rendered, len(reads))
    _weigh(result.files)
    return result


def _render(spec: model.MountSpec, book: lookup.Book, freeze: jobs.Freeze) -> tuple[jobs.Rendered, ...]:
    rendered: list[jobs.Rendered] = []
    failures: list[tuple[str, errors.ProviderError]] = []
    for wanted in spec.objects:
        try:
            rendered.append(jobs.render(wanted, book, spec.default_mode, freeze))
        except errors.ProviderError as error:
            failures.append((wanted.name, error))
    if failures:
        raise errors.MountFailed(failures, len(spec.objects))
    return tuple(rendered)


async def _read_all(
    reads: Sequence[model.Read], reader: Reader
) -> dict[model.Read, model.Reply | errors.ProviderError]:
    async def one(read: model.Read) -> model.Reply | errors.ProviderError:
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
    told = ", ".join(f"{path} ({units.format_bytes(sizes[path])})" for path in largest)
    raise errors.TooLarge(
        f"the {len(sizes)} files of this volume come to {units.format_bytes(total)}, over the "
        f"{units.format_bytes(MAX_RESPONSE)} that the driver accepts; the largest: {told}",
        hint="split them over several SecretProviderClasses",
    )
