import dataclasses
from typing import Any

import pytest

from provider.golang import failures
from provider.gotemplate.functions.consul_template import templates
from tests.doubles import template_state


def call(*arguments: Any) -> Any:
    state = dataclasses.replace(template_state.build(), execute=lambda name, dot: f"{name} of {dot}")
    return templates.TABLE.functions["executeTemplate"].call(state, *arguments)


@pytest.mark.parametrize(
    ("arguments", "text"), [(("t",), "t of None"), (("t", 5), "t of 5"), (("t", None), "t of None")]
)
def test_a_defined_template_is_rendered_to_a_text(arguments: tuple[Any, ...], text: str) -> None:
    """With its argument as the dot, nil without one."""
    assert call(*arguments) == text


def test_it_takes_one_dot() -> None:
    """As consul-template counts, the name is an argument too."""
    with pytest.raises(failures.Failed, match="expected 1 or 2, but got 3"):
        call("t", 1, 2)
