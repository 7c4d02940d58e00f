"""All functions of consul-template by name: what each module of this package adds, and what `denied` refuses."""

from typing import Final

from provider.render.gotemplate import function
from provider.render.gotemplate.funcs import (
    codec,
    collections,
    denied,
    hashes,
    maths,
    pairs,
    parsing,
    regex,
    scratch,
    sprig,
    strings,
    templates,
    times,
    vault,
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
    vault.TABLE,
)

FUNCTIONS: Final[function.Functions] = {name: each for table in TABLES for name, each in table.functions.items()}
"""Beside Go's builtins, which the evaluator knows by itself."""
