"""Records: the envelope of a whole response stays while its data does."""

import dataclasses

from provider import model
from provider.service import records
from tests.doubles import clocks

SPEC = model.MountSpec(
    model.Target(("http://v",)), model.Login("r"), (), "/target", pod=model.Pod("ns", "api-0", "uid-1", "sa")
)
NAME = "all.json"
READ = model.Read("", "secret/data/db")


def reply(request: str, value: str = "v") -> model.Reply:
    return model.Reply({"k": value}, {"request_id": request})


def test_the_first_envelope_is_kept_while_the_data_is_the_same() -> None:
    """request_id of a later answer does not reach the file; a change of data brings its own."""
    kept = records.Records(clocks.TestClock())
    assert kept.volume(SPEC).envelope(NAME, READ, reply("first"))["request_id"] == "first"
    assert kept.volume(SPEC).envelope(NAME, READ, reply("second"))["request_id"] == "first"
    assert kept.volume(SPEC).envelope(NAME, READ, reply("third", "new"))["request_id"] == "third"


def test_volumes_and_objects_have_records_of_their_own() -> None:
    """Another pod, another target, another read: another envelope."""
    kept = records.Records(clocks.TestClock())
    kept.volume(SPEC).envelope(NAME, READ, reply("first"))
    others = [
        dataclasses.replace(SPEC, target_path="/other"),
        dataclasses.replace(SPEC, pod=model.Pod("ns", "api-0", "uid-2", "sa")),
    ]
    for other in others:
        assert kept.volume(other).envelope(NAME, READ, reply("own"))["request_id"] == "own"
    moved = model.Read("", "secret/data/other")
    assert kept.volume(SPEC).envelope(NAME, moved, reply("own"))["request_id"] == "own"


def test_a_driver_that_leaves_the_class_out_finds_the_same_record() -> None:
    """Drivers up to 1.5.6 rotate without secretProviderClass."""
    kept = records.Records(clocks.TestClock())
    kept.volume(dataclasses.replace(SPEC, provider_class="spc")).envelope(NAME, READ, reply("first"))
    assert kept.volume(SPEC).envelope(NAME, READ, reply("second"))["request_id"] == "first"
