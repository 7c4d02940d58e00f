"""consul-template's timestamp: the time in UTC, in a layout that shows Go's reference time.

`2006-01-02T15:04:05Z07:00` is such a layout: what looks like a part of Mon Jan 2 15:04:05 2006 is replaced. Fractions
of a second are exact to the microsecond.
"""

import datetime
from typing import Final

from provider.golang import failures, gotime, values
from provider.gotemplate import function, state

TABLE = function.Table()

_RFC3339: Final = "2006-01-02T15:04:05Z07:00"


@TABLE.add("timestamp", "string...")
def _timestamp(rendering: state.State, *layouts: str) -> str:
    if len(layouts) > 1:
        raise failures.Failed(f"wrong number of arguments, expected 0 or 1, but got {len(layouts)}")
    layout = layouts[0] if layouts else _RFC3339
    now = rendering.now()
    if layout == "unix":
        return str(int(now // 1))
    rendering.budget.allocate(2 * values.size(layout))  # no part grows to more than twice its layout
    rendering.budget.step(len(layout))
    clock = datetime.datetime.fromtimestamp(now, datetime.UTC).replace(tzinfo=None)
    return gotime.date(clock, clock.microsecond * 1000).format(layout)
