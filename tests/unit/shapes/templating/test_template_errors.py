"""Faults of the engine as errors of the provider: place, what is wrong, and what to do."""

import pytest

from provider.gotemplate import faults, sources
from provider.shapes.templating import template_errors

MAIN = sources.Source("", "source")
FRAGMENT = sources.Source("url", "source")


@pytest.mark.parametrize(
    ("fault", "message", "hint"),
    [
        (
            faults.ParseFault('function "nope" not defined', MAIN, 2, 4),
            'template line 2, column 4: function "nope" not defined',
            "docs/functions.md lists the functions there are",
        ),
        (faults.ParseFault("unexpected EOF", FRAGMENT, 3), 'template "url" line 3: unexpected EOF', None),
    ],
)
def test_what_is_not_a_valid_template(fault: faults.ParseFault, message: str, hint: str | None) -> None:
    """The fragment is named, and the column where it is known."""
    error = template_errors.invalid(fault)
    assert (error.message, error.hint, error.reason) == (message, hint, "template-invalid")


@pytest.mark.parametrize(
    ("fault", "message", "hint"),
    [
        (faults.ExecFault("no", FRAGMENT, 1, 4), 'template "url" line 1, column 4: no', None),
        (
            faults.LimitFault("the output is larger than 1.0 MiB", MAIN, 1, 4),
            "template line 1, column 4: the output is larger than 1.0 MiB",
            "a template may make 1.0 MiB, in 5 s of CPU time; look for a loop or a recursion that does not end",
        ),
    ],
)
def test_what_cannot_be_rendered(fault: faults.ExecFault, message: str, hint: str | None) -> None:
    """A limit says what the limits are."""
    error = template_errors.failed(fault)
    assert (error.message, error.hint, error.reason) == (message, hint, "template-failed")
