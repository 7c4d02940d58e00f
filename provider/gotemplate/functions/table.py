"""Lists the functions that need nothing but the engine. Those that read secrets are a plug-in of the caller."""

from typing import Final

from provider.gotemplate import function
from provider.gotemplate.functions import sprig
from provider.gotemplate.functions.consul_template import (
    codec,
    collections,
    denied,
    hashes,
    maths,
    pairs,
    parsing,
    regex,
    scratch,
    strings,
    templates,
    times,
)

TABLES: Final = (
    codec.TABLE,
    collections.TABLE,
    denied.TABLE,
    hashes.TABLE,
    maths.TABLE,
    pairs.TABLE,
    parsing.TABLE,
    regex.TABLE,
    scratch.TABLE,
    sprig.TABLE,
    strings.TABLE,
    templates.TABLE,
    times.TABLE,
)

FUNCTIONS: Final[function.Functions] = {name: each for table in TABLES for name, each in table.functions.items()}
"""Besides Go's own functions, which the evaluator of pipelines knows by itself."""
