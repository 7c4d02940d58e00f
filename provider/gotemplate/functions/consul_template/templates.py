"""`executeTemplate`: the text of a defined template as a value, for a pipe to work on."""

from typing import Final

from provider.golang import failures, values
from provider.gotemplate import function, state

TABLE: Final = function.Table()


@TABLE.add("executeTemplate", "string", "any...")
def _execute_template(rendering: state.State, name: str, *dots: values.Value) -> str:
    if len(dots) > 1:
        raise failures.Failed(f"wrong number of arguments, expected 1 or 2, but got {len(dots) + 1}")
    return rendering.execute(name, dots[0] if dots else None)
