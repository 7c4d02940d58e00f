"""What is read of an SPC in tests, with all that was found as texts."""

from dataclasses import dataclass, field

from provider import findings, model
from provider.shapes import contract
from provider.spec import objects, shared_templates


@dataclass
class Parsed:
    """Objects that are right, and the texts of all findings."""

    objects: list[model.Object] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def shared(
    namespace: str = "", fragments: tuple[tuple[str, str], ...] = (), interval: float = model.Refresh().interval
) -> contract.Shared:
    """What all objects of an SPC share; `fragments` are names and sources of templates."""
    return contract.Shared(namespace, {name: findings.Source(text) for name, text in fragments}, interval)


def parse(text: str, common: contract.Shared | None = None) -> Parsed:
    """The parameter `objects`."""
    report = findings.Report()
    made = objects.parse(text, common or contract.Shared(), report)
    return Parsed(list(made), [each.text for each in report.errors], [each.text for each in report.warnings])


def fragments(text: str) -> tuple[dict[str, str], list[str]]:
    """The parameter `templates`: sources by name, in order, and the texts of all findings."""
    report = findings.Report()
    found = shared_templates.parse(text, report)
    return {name: source.text for name, source in found.items()}, [each.text for each in report.found]
