"""Denies functions of consul-template: a template may name them, and fails when it calls them.

They read the daemon's own environment, files and network, run programs, need Consul or Nomad, print to the daemon's
output or dump whole secrets. spew_sprintf is harmless and works as printf does. `sprig.crypto` denies those of sprig.
"""

from typing import Final

from provider.golang import values
from provider.golang.fmt import sprint
from provider.gotemplate import function, state

TABLE: Final = function.Table()

MACHINE: Final = ("env", "mustEnv", "envOrDefault", "file", "plugin", "writeToFile", "sockaddr")
CONSUL: Final = (
    "caLeaf",
    "caRoots",
    "connect",
    "datacenters",
    "exportedServices",
    "importedServices",
    "key",
    "keyExists",
    "keyOrDefault",
    "ls",
    "node",
    "nodes",
    "partitions",
    "peerings",
    "safeLs",
    "safeTree",
    "service",
    "services",
    "tree",
)
NOMAD: Final = ("nomadService", "nomadServices", "nomadVar", "nomadVarExists", "nomadVarList", "nomadVarListSafe")
SPEW: Final = ("spew_dump", "spew_printf", "spew_sdump")

TABLE.deny((*MACHINE, *CONSUL, *NOMAD, *SPEW))


@TABLE.add("spew_sprintf", "string", "any...")
def _spew_sprintf(rendering: state.State, form: str, *arguments: values.Value) -> str:
    return sprint.sprintf(form, arguments, rendering.budget)
