"""The functions of sprig v3.3 that consul-template has, named `sprig_...`: the 194 that sprig calls hermetic.

Each works as sprig's to the byte, but that no text of an error holds a value, that nothing depends on the order of a
Go map, and that what costs too much or is random is refused. The modules register names without the prefix.
"""

from dataclasses import replace
from typing import Final

from provider.gotemplate import function
from provider.gotemplate.functions.sprig import (
    crypto,
    dates,
    defaults,
    dicts,
    encoding,
    flow,
    lists,
    maths,
    paths,
    regex,
    semver,
    sequences,
    strings,
    text,
    types,
    urls,
)

_PREFIX: Final = "sprig_"
_TOPICS: Final = (
    crypto,
    dates,
    defaults,
    dicts,
    encoding,
    flow,
    lists,
    maths,
    paths,
    regex,
    semver,
    sequences,
    strings,
    text,
    types,
    urls,
)


def _merged() -> function.Table:
    table = function.Table()
    for topic in _TOPICS:
        for each in topic.TABLE.functions.values():
            name = _PREFIX + each.name
            table.functions[name] = replace(each, name=name)
    return table


TABLE: Final = _merged()
