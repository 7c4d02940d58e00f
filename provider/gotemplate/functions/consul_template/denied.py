"""Functions of consul-template that a template may name and not call.

They read the daemon's own environment, files and network, run programs, need a Consul or Nomad that is not there, print
to the daemon's output or dump whole secrets. spew_sprintf is harmless and works as printf does. What of sprig is
refused stands in `sprig.crypto`.
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

TABLE.denied((*MACHINE, *CONSUL, *NOMAD, *SPEW))


@TABLE.add("spew_sprintf", "string", "any...")
def _spew_sprintf(at: state.State, form: str, *arguments: values.Value) -> str:
    return sprint.sprintf(form, arguments, at.budget)
