"""Decides when a condition that lasts is logged: once per cause, and once when it is over."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

REMEMBERED: Final = 1000
"""Causes at most; beyond that the oldest is forgotten, and may be logged again."""


class Once:
    """The causes of one condition that were logged since it was last well.

    >>> outage = Once()
    >>> outage.report("refused"), outage.report("refused"), outage.report("timed out")
    (True, False, True)
    >>> outage.recovered(), outage.recovered(), outage.report("refused")
    (True, False, True)
    """

    def __init__(self) -> None:
        self._causes: OrderedDict[Hashable, None] = OrderedDict()

    @property
    def is_reported(self) -> bool:
        """Whether any cause was reported since the last recovery."""
        return bool(self._causes)

    def report(self, cause: Hashable = "") -> bool:
        """Note that the condition holds, and return whether to log it: this cause was not reported before."""
        if cause in self._causes:
            return False
        self._causes[cause] = None
        if len(self._causes) > REMEMBERED:
            self._causes.popitem(last=False)
        return True

    def recovered(self) -> bool:
        """Note that all is well, and return whether to log it: something was reported before."""
        was_reported = self.is_reported
        self._causes.clear()
        return was_reported
