"""Lists every function that a template can call: those of the engine, and those that read from Vault."""

from typing import Final

from provider.gotemplate import function
from provider.gotemplate.functions import table
from provider.shapes.templating import vault_functions

FUNCTIONS: Final[function.Functions] = {**table.FUNCTIONS, **vault_functions.TABLE.functions}
