"""The shape of one key: its value becomes the file, as the Go provider writes it."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from provider import errors, model
from provider.shapes import contract, fields, read_results, secret_data

_MOST_NAMED: Final = 20
"""Names of existing keys that an error lists at most."""


@dataclass(frozen=True, slots=True)
class Key(contract.Shape):
    """The value of `key`."""

    key: str

    NAME: ClassVar = "key"
    MARK: ClassVar = "secretKey"
    DOC: ClassVar = "the value of one key: a string as it is, anything else as compact JSON"
    FIELDS: ClassVar = (
        contract.Field(
            "secretKey",
            "text",
            "the whole response",
            "The key whose value becomes the file: a string as it is, anything else as compact JSON.",
        ),
    )

    @classmethod
    def is_chosen(cls, entry: fields.Fields) -> bool:
        """See `contract.Shape`. An empty key counts as missing, as for the Go provider."""
        return bool(entry.text(cls.MARK))

    @classmethod
    def parse(cls, entry: fields.Fields, shared: contract.Shared) -> Self:  # noqa: ARG003
        """See `contract.Shape`."""
        return cls(entry.text(cls.MARK))

    @property
    def version(self) -> str:
        """See `contract.Shape`."""
        return self.key

    def describe(self, read: model.Read | None) -> str:
        """See `model.Shape`."""
        return f"{model.Shape.describe(self, read)}#{self.key}"

    def render(self, wanted: model.Object, inputs: contract.Inputs) -> contract.Output | read_results.MissingReads:
        """See `contract.Shape`.

        Raises:
            errors.VaultError: the read failed.
            errors.KeyNotFound: there is no such key; names those there are.
            errors.Undecodable: the value is not in the object's encoding.
        """
        reply = inputs.reply(wanted)
        if isinstance(reply, read_results.MissingReads):
            return reply
        found = secret_data.of(reply)
        if self.key not in found:
            names = ", ".join(sorted(map(str, found))[:_MOST_NAMED]) or "no keys"
            raise errors.KeyNotFound(
                f'{wanted.path} has no key "{self.key}"', hint=f"it has: {names}", path=wanted.path
            )
        contents = secret_data.contents(self.key, found[self.key], wanted)
        return contract.Output(((wanted.name, contents),), contents.reveal())
