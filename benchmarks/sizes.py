"""How much is measured: `small` for a look within ten minutes, `full` for figures to quote, `tiny` for the tests."""

from typing import NamedTuple

MILLION = 1_000_000
"""Events that the long log should have; only `full` has the time to write them."""


class Size(NamedTuple):
    """Numbers of rounds, of what is done in each, and of events written before."""

    name: str
    rounds: int
    commands: int
    """Commands of one round, for each side."""
    visible: int
    """Events of each kind that are followed into another service, one at a time."""
    cases: int
    """Cases whose whole lives are rebuilt."""
    requests: int
    """HTTP requests of one round, for each side."""
    few: int
    """Events of the short log."""
    many: int
    """Events of the long log."""
    single: int
    """Commands of one round whose latency is taken, one at a time."""
    imported: int
    """Cases of the file that is imported, 15 events each."""
    questioned: int
    """Cases of the county whose statistics and board are asked for."""


SIZES = {
    size.name: size
    for size in (
        Size("tiny", 1, 64, 20, 30, 64, 200, 400, 20, 12, 500),
        Size("small", 5, 1_000, 600, 1_500, 800, 10_000, 100_000, 150, 600, 10_000),
        Size("full", 7, 3_000, 2_000, 4_000, 2_000, 10_000, MILLION, 400, 6_000, 100_000),
    )
}
