"""The shape of a Go template: what it makes of the secrets that it reads becomes the file.

Templates are compiled when a mount needs them; `check` compiles one only to report what is wrong with it.
"""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from provider import errors, findings, model
from provider.base import messages, nearest, secret
from provider.gotemplate import faults
from provider.shapes import contract, fields, read_results
from provider.shapes.templating import compiled, template_errors

_MISSING_KEYS: Final = ("error", "zero", "default")

_LONGEST_DELIMITER: Final = 32


@dataclass(frozen=True, slots=True)
class TemplateFile(contract.Shape):
    """What `template` makes."""

    template: model.Template

    NAME: ClassVar = "template"
    MARK: ClassVar = "template"
    DOC: ClassVar = "what a Go template makes of the secrets that it reads; with secretPath its dot is that secret"
    FIELDS: ClassVar = (
        contract.Field(
            "template",
            "text",
            "none",
            "A Go template that makes the file, as the Agent Injector's; with secretPath its dot is that secret.",
        ),
        contract.Field("templateDelims", "list", "[{{, }}]", "What opens and closes an action of the template."),
        contract.Field(
            "missingKey",
            "choice",
            "error",
            "What a key that is not there is: an error, or as Go's zero or default, which print <no value>.",
            _MISSING_KEYS,
        ),
    )
    INSTEAD: ClassVar = {"secretKey": "name the key in the template, {{ .Data.data.KEY }} for KV version 2"}
    FINDS_READS: ClassVar = True

    @classmethod
    def parse(cls, entry: fields.Fields, shared: contract.Shared) -> Self:
        """See `contract.Shape`."""
        source = entry.text("template")
        if not source:
            entry.error("template", "template is empty", "write the file's text, or leave the field out")
        if entry.text("encoding"):
            fix = "decode in the template, with base64Decode"
            entry.error("encoding", "encoding has no meaning beside template", fix)
        if not entry.text("secretPath"):
            for name in ("method", "secretArgs"):
                if name in entry.names:
                    entry.warn(name, f"{name} has no effect without secretPath: the template says what it reads")
        left, right = _delimiters(entry)
        fragments = tuple((name, fragment.text) for name, fragment in shared.fragments.items())
        return cls(model.Template(source, shared.namespace, left, right, _missing_key(entry), fragments))

    def check(self, entry: fields.Fields) -> None:
        """See `contract.Shape`. Shared templates are not looked at."""
        error = syntax_error(self.template.source, self.template)
        if error is not None:
            place = entry.source("template").place(error.line, error.column)
            entry.error("template", error.message, error.hint or "", place)

    @property
    def version(self) -> str:
        """See `contract.Shape`. Only what it makes counts: the same text by another template is no new secret."""
        return ""

    @property
    def templates(self) -> tuple[model.Template, ...]:
        """See `model.Shape`."""
        return (self.template,)

    def describe(self, read: model.Read | None) -> str:
        """See `model.Shape`."""
        return f"{model.Shape.describe(self, read)} template".strip()

    def render(self, wanted: model.Object, inputs: contract.Inputs) -> contract.Output | read_results.MissingReads:
        """See `contract.Shape`.

        Raises:
            errors.VaultError: a secret that it asks for could not be read.
            errors.TemplateFailed: it cannot be rendered; says where, and never a value.
            allowance.NotQuick: it takes longer than a quick allowance has.
        """
        made = inputs.templates.render(self.template, wanted.read, inputs.results, inputs.envelopes.of, inputs.allowed)
        if isinstance(made, read_results.MissingReads):
            return made
        return contract.Output(((wanted.name, secret.Secret(made)),), made)


def syntax_error(source: str, template: model.Template) -> errors.TemplateInvalid | None:
    """Return what is wrong with the syntax of `source`, written with the delimiters and fragments of `template`."""
    # With the fragments empty, what is wrong with them hides nothing that is wrong here.
    empty = tuple((name, "") for name, _ in template.fragments)
    try:
        compiled.compile_template(dataclasses.replace(template, source=source, fragments=empty))
    except faults.ParseFault as fault:
        return template_errors.invalid(fault)
    return None


def _missing_key(entry: fields.Fields) -> str:
    text = entry.text("missingKey")
    if text and text not in _MISSING_KEYS:
        fix = findings.joined("write error, zero or default", nearest.advice(text, _MISSING_KEYS))
        entry.error("missingKey", f"missingKey {messages.quoted(text)} is unknown", fix)
    return text or "error"


def _delimiters(entry: fields.Fields) -> tuple[str, str]:
    if entry.is_given("templateDelims"):
        match entry.texts("templateDelims"):
            case [str() as left, str() as right] if _may_delimit(left) and _may_delimit(right):
                return left, right
        entry.error(
            "templateDelims", 'templateDelims must be two short texts, for example ["<<", ">>"]', "put them in quotes"
        )
    return "{{", "}}"


def _may_delimit(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_DELIMITER and text.isprintable() and " " not in text
