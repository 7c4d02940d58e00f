"""Go's spellings, as Go reads them."""

import pytest

from provider.base import units


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1h30m", 5400), ("1.5h", 5400), ("500ms", 0.5), ("0", 0), ("-2m", -120), ("+1s", 1), (".5s", 0.5)],
)
def test_durations(text: str, seconds: float) -> None:
    """time.ParseDuration's forms."""
    assert units.parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "90", "s", "1d", "1h 30m", "one", "1h-30m", "."])
def test_no_durations(text: str) -> None:
    """What Go refuses is refused, with an example."""
    with pytest.raises(ValueError, match="write for example"):
        units.parse_duration(text)


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_true(text: str) -> None:
    """strconv.ParseBool's true."""
    assert units.parse_bool(text) is True


@pytest.mark.parametrize("text", ["0", "f", "F", "FALSE", "false", "False"])
def test_false(text: str) -> None:
    """strconv.ParseBool's false."""
    assert units.parse_bool(text) is False


@pytest.mark.parametrize("text", ["yes", "no", "on", "tRUE", "", "2"])
def test_no_booleans(text: str) -> None:
    """Anything else is an error that says what to write."""
    with pytest.raises(ValueError, match="write true or false"):
        units.parse_bool(text)
