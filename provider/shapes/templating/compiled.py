"""Compiles templates, and keeps compiled ones for the mounts to come.

The engine (`gotemplate`) is imported with the first template: most mounts need none of its memory.
"""

from typing import TYPE_CHECKING, Final

from provider import model
from provider.base import cache, clock

if TYPE_CHECKING:
    from provider.gotemplate.parse import nodes

MOST_KEPT: Final = 256
"""Compiled templates that are kept; one takes about thirty times its source."""

LARGEST_KEPT: Final = 16 * 1024
"""Bytes of source up to which a compiled template is kept."""


def compile_template(template: model.Template) -> "nodes.Program":
    """Parse a template with its fragments. Pure.

    Raises:
        faults.ParseFault: it is not a valid template. `template` ("" or the name of a fragment), `line`, `column`,
            `message` and `source_line` are attributes; `template_errors` has the advice.
    """
    from provider.gotemplate.execute import builtins  # noqa: PLC0415 -- see the module's docstring
    from provider.gotemplate.parse import parser  # noqa: PLC0415
    from provider.shapes.templating import function_table  # noqa: PLC0415

    return parser.parse(
        "",
        template.source,
        known=builtins.NAMES | function_table.FUNCTIONS.keys(),
        left=template.left,
        right=template.right,
        fragments=dict(template.fragments),
    )


class CompiledTemplates:
    """A bounded cache of compiled templates. Threads may share it."""

    def __init__(self, time: clock.Clock) -> None:
        self._programs: cache.Bounded[model.Template, nodes.Program] = cache.Bounded(MOST_KEPT, time)

    def __contains__(self, template: model.Template) -> bool:
        return self._programs.get(template) is not None

    def get(self, template: model.Template) -> "nodes.Program":
        """Return the program of a template, compiled where it is not in the cache.

        Raises:
            faults.ParseFault: it is not a valid template.
        """
        program = self._programs.get(template)
        if program is None:
            program = compile_template(template)
            if len(template.source) + sum(len(source) for _, source in template.fragments) <= LARGEST_KEPT:
                self._programs.put(template, program)
        return program
