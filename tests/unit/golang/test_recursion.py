import pytest

from provider.golang import failures, limits, recursion, values
from tests.doubles import template_state


def depth(value: list[object]) -> recursion.Work:
    inside = 0
    for item in value:
        if isinstance(item, list):
            inside = max(inside, (yield depth(item)))
    return inside + 1


def nested(count: int) -> list[object]:
    value: list[object] = []
    for _ in range(count - 1):
        value = [value, value]
    return value


def test_work_is_sent_the_results_of_what_is_inside() -> None:
    """Work yields work, and gets its result back."""
    assert recursion.run(depth([[], [[]], 1]), template_state.build().budget) == 3


def test_no_work_has_no_result() -> None:
    """None is work that is done already."""
    assert recursion.run(None, template_state.build().budget) is None


def test_more_levels_than_the_limit_end_the_rendering() -> None:
    """A value may have as many levels as the limits say, and not one more."""
    budget = template_state.build(limits.Limits(depth=5)).budget
    assert recursion.run(depth(nested(5)), budget) == 5
    with pytest.raises(failures.Exceeded, match="deeper than 5 levels"):
        recursion.run(depth(nested(6)), budget)


def test_output_is_bounded_in_bytes() -> None:
    """All pieces together are no larger than a string may be."""
    out = recursion.Output(template_state.build(limits.Limits(string=4)).budget)
    out.write("éé")
    with pytest.raises(failures.Exceeded):
        out.write("x")
    assert out.text == "éé"


@pytest.mark.parametrize(("piece", "is_empty"), [("", True), ("x", False)])
def test_output_knows_whether_it_is_empty(piece: str, is_empty: bool) -> None:
    """What is empty is nothing."""
    out = recursion.Output(template_state.build().budget)
    out.write(piece)
    assert out.is_empty is is_empty


def test_output_is_paid_for_by_the_piece() -> None:
    """A piece is a step, a long one is more."""
    out = recursion.Output(template_state.build(limits.Limits(steps=12)).budget)
    out.write("")
    out.write("x" * 1000)
    with pytest.raises(failures.Exceeded):
        out.write("")


def test_a_struct_that_has_only_a_text_has_no_fields() -> None:
    """Go writes a time or a version in a form of its own; an empty object would say that there is nothing."""
    with pytest.raises(failures.Failed, match=r"^semver\.Version cannot be written as JSON"):
        recursion.fields(values.Struct("semver.Version", {}, string="1.2.0"), "JSON")
    assert recursion.fields(values.Struct("main.S", {"A": 1}), "JSON") == [("A", 1)]
