import pytest

from provider.golang import failures
from provider.gotemplate.functions.consul_template import regex
from tests.doubles import template_state


def test_the_expression_comes_first_and_the_text_last() -> None:
    """As consul-template has them, so that the text can be piped."""
    functions = regex.TABLE.functions
    assert functions["regexMatch"].call(template_state.build(), "^a", "abc") is True
    assert functions["regexMatch"].call(template_state.build(), "^b", "abc") is False
    assert functions["regexReplaceAll"].call(template_state.build(), "x*", "-", "abxd") == "-a-b-d-"


@pytest.mark.parametrize(("name", "arguments"), [("regexMatch", ("(", "a")), ("regexReplaceAll", ("(", "a", "b"))])
def test_a_bad_expression_fails(name: str, arguments: tuple[str, ...]) -> None:
    """It is no match, and no replacement."""
    with pytest.raises(failures.Failed, match="regular expression is not valid"):
        regex.TABLE.functions[name].call(template_state.build(), *arguments)
