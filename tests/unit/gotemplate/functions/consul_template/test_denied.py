import pytest

from provider.golang import failures
from provider.gotemplate.functions.consul_template import denied
from tests.doubles import template_state


@pytest.mark.parametrize("name", ["env", "file", "plugin", "key", "services", "nomadVar", "spew_sdump"])
def test_a_disabled_function_fails_whatever_it_is_given(name: str) -> None:
    """It takes any arguments, so that the error is this one and no other."""
    refused = denied.TABLE.functions[name]
    assert (refused.params, refused.variadic) == (("any",), True)
    for arguments in ((), ("hunter2", 1)):
        with pytest.raises(failures.Failed, match="function is disabled"):
            refused.call(template_state.build(), *arguments)


def test_spew_sprintf_is_printf() -> None:
    """It shows nothing that printf does not."""
    made = denied.TABLE.functions["spew_sprintf"].call(
        template_state.build(), "%d|%5s|%q|%v %v", 1, "a", "b", None, {"a": [1]}
    )
    assert made == '1|    a|"b"|<nil> map[a:[1]]'
