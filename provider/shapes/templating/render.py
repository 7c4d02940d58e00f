"""Renders a compiled template from what the mount has read so far. No I/O: what it lacks is returned.

It imports the engine, and so is imported with the first template itself (see `compiled`).
"""

from collections.abc import Callable

from provider import model
from provider.golang import limits, values
from provider.gotemplate import faults, state
from provider.gotemplate.execute import executor
from provider.gotemplate.parse import nodes
from provider.shapes import read_results
from provider.shapes.templating import function_table, lookups


def render(
    template: model.Template,
    read: model.Read | None,
    program: nodes.Program,
    lookup: lookups.TemplateLookups,
    *,
    budget: limits.Budget,
    now: Callable[[], float],
) -> bytes | read_results.MissingReads:
    """Return what a template makes, or what has to be read first.

    Args:
        template: how absent keys are treated.
        read: what gives its dot, None for none.
        program: the template, compiled.
        lookup: the secrets that there are; new for each rendering.
        budget: what the rendering may cost.
        now: seconds since the epoch, for the function `timestamp`.

    Raises:
        faults.LimitFault: it takes more than the budget.
        faults.ExecFault: it cannot be rendered, and not because a secret has not been read yet.
        errors.VaultError: a secret that it asks for could not be read.
    """
    rendering = state.State(budget, now, lookup, template.missing_key)
    dot = lookup.dot(read)
    if read is not None and dot is not None:
        rendering.remember_path(dot.fields["Data"], read.path)
    try:
        output = executor.execute(program, dot, rendering, function_table.FUNCTIONS)
    except faults.LimitFault:
        raise
    except faults.ExecFault:
        # What is missing is nil in this pass, for which many a template fails.
        if not lookup.is_waiting:
            raise
        output = ""
    return read_results.MissingReads(tuple(lookup.missing)) if lookup.is_waiting else values.to_bytes(output)
