"""One mount's work: distinct reads in parallel, all or nothing, within the driver's size."""

import asyncio

import pytest

from provider import errors, model
from provider.base import clock
from provider.service.mounting import passes
from provider.shapes.templating import template_renderer
from tests.doubles import objects

DB = model.Read("", "secret/data/db")
OTHER = model.Read("", "secret/data/other")


class Reader:
    """Answers from a table, and remembers what it was asked."""

    def __init__(self, outcomes: dict[model.Read, model.Reply | errors.ProviderError]) -> None:
        self.outcomes = outcomes
        self.asked: list[model.Read] = []
        self.at_once = 0
        self.most_at_once = 0

    async def read(self, read: model.Read) -> model.Reply:
        self.asked.append(read)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        outcome = self.outcomes[read]
        if isinstance(outcome, errors.ProviderError):
            raise outcome
        return outcome


def reply(**data: object) -> model.Reply:
    return model.Reply(data, {"request_id": "r"})


def spec(*wanted: model.Object) -> model.MountSpec:
    return model.MountSpec(model.Target(("http://v",)), model.Login("r"), wanted, "/target", default_mode=0o640)


async def mounted(wanted: model.MountSpec, reader: Reader) -> passes.Result:
    return await passes.run(wanted, reader, {}, template_renderer.TemplateRenderer(clock.SystemClock()))


async def test_equal_reads_are_one() -> None:
    """Two keys of one secret are read together; other arguments, query or namespace make another read."""
    reads = [
        DB,
        DB,
        model.Read("", "secret/data/db", args="{}"),
        model.Read("ns", "secret/data/db"),
        model.Read("", "secret/data/db", "PUT"),
        model.Read("", "secret/data/db", query=(("version", "1"),)),
    ]
    reader = Reader(dict.fromkeys(reads, reply(k="v")))
    await mounted(spec(*(objects.whole(f"f{number}", read) for number, read in enumerate(reads))), reader)
    assert reader.asked == reads[1:]


async def test_reads_run_in_parallel_and_files_keep_the_order_of_the_class() -> None:
    """All reads are under way together; modes come from the object or the mount."""
    reader = Reader({DB: reply(k="v", n="w"), OTHER: reply(k="o")})
    result = await mounted(
        spec(
            objects.of_key("b", DB, "k"),
            objects.of_key("a", OTHER, "k", mode=0o400),
            objects.of_key("c", DB, "n"),
        ),
        reader,
    )
    assert [(file.path, file.mode, file.contents.reveal()) for file in result.files] == [
        ("b", 0o640, b"v"),
        ("a", 0o400, b"o"),
        ("c", 0o640, b"w"),
    ]
    assert (reader.asked, reader.most_at_once, result.reads) == ([DB, OTHER], 2, 2)


async def test_every_failure_is_told_with_its_object() -> None:
    """A failed read fails each of its objects; the others do not hide it."""
    reader = Reader({DB: reply(k="v"), OTHER: errors.PathDenied("denied", hint="allow it")})
    with pytest.raises(errors.MountFailed) as caught:
        await mounted(
            spec(objects.of_key("a", DB, "nope"), objects.whole("b", OTHER), objects.whole("c", OTHER)), reader
        )
    assert [name for name, _ in caught.value.failures] == ["a", "b", "c"]
    assert caught.value.full_message() == (
        '3 of 3 objects failed: a: secret/data/db has no key "nope"; it has: k; b, c: denied; allow it'
    )


@pytest.mark.parametrize(
    ("outcomes", "cause"),
    [
        ({DB: errors.PathDenied("a"), OTHER: errors.PathDenied("b")}, "path-denied"),
        ({DB: errors.PathDenied("a"), OTHER: errors.SecretNotFound("b")}, "mount-failed"),
    ],
)
async def test_a_cause_that_all_failures_share_is_the_mounts(
    outcomes: dict[model.Read, model.Reply | errors.ProviderError], cause: str
) -> None:
    """Logs, Events and the status say more by it than that a mount failed."""
    with pytest.raises(errors.MountFailed) as caught:
        await mounted(spec(objects.whole("a", DB), objects.whole("b", OTHER)), Reader(outcomes))
    assert (caught.value.reason, caught.value.cause) == ("mount-failed", cause)


@pytest.mark.parametrize(("size", "fits"), [(3_899_000, True), (3_900_000, False)])
async def test_a_volume_fits_or_is_refused(size: int, fits: bool) -> None:
    """3.9 MB with names and versions; over it, the largest files are named."""
    reader = Reader({DB: reply(big="x" * size)})
    wanted = spec(objects.of_key("big.bin", DB, "big"))
    if fits:
        assert len((await mounted(wanted, reader)).files) == 1
        return
    with pytest.raises(errors.TooLarge, match=r"big\.bin \(3\.7 MiB\)"):
        await mounted(wanted, reader)


async def test_a_fault_of_ours_cancels_the_other_reads() -> None:
    """Nothing is left running."""

    class Broken(Reader):
        async def read(self, read: model.Read) -> model.Reply:
            if read is OTHER:
                raise RuntimeError("ours")
            try:
                return await super().read(read)
            except asyncio.CancelledError:
                self.outcomes.clear()
                raise

    reader = Broken({DB: reply(k="v")})
    with pytest.raises(ExceptionGroup):
        await mounted(spec(objects.of_key("a", DB, "k"), objects.whole("b", OTHER)), reader)
    assert reader.outcomes == {}
