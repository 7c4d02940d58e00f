"""What one mount has to read: every distinct request once, in the order of the SPC. Pure."""

from provider import model
from provider.render import jobs


def reads(objects: tuple[model.Object, ...]) -> tuple[model.Read, ...]:
    """The distinct reads behind `objects`: same namespace, path, method, query and arguments are one."""
    return tuple(dict.fromkeys(read for wanted in objects for read in jobs.reads(wanted)))
