"""What a node needs of the machine."""

import shutil

from tests.real.node import namespaces, packages
from tests.real.servers import driver, programs


def missing() -> str:
    """The first thing that is missing, as words after "a node needs"; "" where nothing is."""
    absent = [program.name for program in programs.NODE if programs.find(program) is None]
    if absent and not shutil.which("go"):
        return f"Go on PATH, to build {', '.join(absent)}"
    try:
        driver.find()
    except programs.NotAvailable as error:
        return f"the driver: {error}"
    return namespaces.missing() or packages.missing()
