"""Measures what work costs, in terms that a slow or busy machine does not change."""

import gc
import sys
import time
import tracemalloc
import types
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

_TIMES: Final = 8
_LEAST: Final = 0.02
"""Seconds of CPU that a measurement takes at least; what takes less is repeated."""

_ATTEMPTS: Final = 4
"""Measurements until one is in proportion: another process may slow the caches of a single one."""


def is_in_proportion(work: Callable[[T], object], make: Callable[[int], T], size: int, *, power: int = 1) -> bool:
    """Whether eight times the size takes at most sixteen times the CPU, where quadratic work takes 64 times.

    Args:
        work: what is measured, with the result of `make`.
        make: makes something of a size to work on.
        size: the larger size; large enough that what grows faster outweighs the rest.
        power: 2 where quadratic work is meant, and cubic work would be too much.
    """
    small, large = make(size // _TIMES), make(size)
    most = 2 * _TIMES**power
    return any(_seconds(work, large) <= most * _seconds(work, small) for _ in range(_ATTEMPTS))


def _seconds(work: Callable[[T], object], given: T) -> float:
    """CPU of this thread for one round, without the collection of earlier garbage."""
    collected = gc.isenabled()
    gc.disable()
    try:
        rounds, begun = 0, time.thread_time()
        while (spent := time.thread_time() - begun) < _LEAST or not rounds:
            work(given)
            rounds += 1
        return spent / rounds
    finally:
        if collected:
            gc.enable()


def peak(work: Callable[[], object]) -> int:
    """Bytes that were allocated at one time, at most, while `work` ran."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def calls(work: Callable[[], object]) -> int:
    """How many functions are called while `work` runs, of Python's and of the interpreter's own."""
    count = 0

    def see(_frame: types.FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event.endswith("call")

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
