"""sprig's `fail`, which ends the rendering, and `hello`, which greets."""

from typing import Final

from provider.golang import failures
from provider.gotemplate import function, state

TABLE: Final = function.Table()


@TABLE.add("hello")
def _hello(_rendering: state.State) -> str:
    return "Hello!"


@TABLE.add("fail", "string")
def _fail(_rendering: state.State, _message: str) -> str:
    # The message is not shown: it may have been put together from a secret.
    raise failures.Failed("the template called fail")
