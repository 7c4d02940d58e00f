"""`-version`: what this is, in the fields that scripts around the Go provider read."""

import json
import platform
from typing import Final

import provider
from provider import errors

FORMATS: Final = ("json", "yaml", "json-pretty")


def text(form: str) -> str:
    """The version as `form` says.

    Raises:
        errors.SettingsError: no such format.
    """
    major, minor, patch = provider.__version__.split(".", 2)
    facts = {
        "major": major,
        "minor": minor,
        "patch": patch,
        "gitVersion": f"v{provider.__version__}",
        "platform": f"{platform.system().lower()}/{platform.machine()}",
        "pythonVersion": platform.python_version(),
        "minDriverVersion": "v1.0.0",
    }
    match form:
        case "json" | "":
            return json.dumps(facts, separators=(",", ":"))
        case "json-pretty":
            return json.dumps(facts, indent=2)
        case "yaml":
            return "\n".join(f"{name}: {json.dumps(value)}" for name, value in facts.items())
    raise errors.SettingsError(f"-output {form} is unknown", hint=f"write one of {', '.join(FORMATS)}")
