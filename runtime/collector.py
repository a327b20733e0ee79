"""The garbage collector: what it need not look at, and how seldom it is enough that it looks.

States are trees of thousands of small objects without a cycle among them, so the collector walks them for nothing:
with the interpreter's settings it takes a quarter of a projector's time. Source: docs/performance.md.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

THRESHOLDS = (20_000, 50, 100)
"""Objects made beyond those freed before the youngest are looked at; how many looks at one generation before one at
the next."""
WHILE_BUILDING = (500_000, 10, 10)
"""The same while a schema is built: whatever a batch of thousands of events makes lives until its commit."""


def settle() -> None:
    """Leave what is loaded by now out of all further collections, and make those rare."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


@contextmanager
def while_building() -> Iterator[None]:
    """Look more seldom still, for as long as large batches are applied."""
    before = gc.get_threshold()
    gc.set_threshold(*WHILE_BUILDING)
    try:
        yield
    finally:
        gc.set_threshold(*before)
