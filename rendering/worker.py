"""What a worker of a cluster does: it says what it is like, and shoots segments, one at a time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock, Timer
from typing import Any

from attention_core import AttentionError
from rendering.job import CAPTIONS, RenderJob, code_fingerprint, fingerprint_of, surroundings
from rendering.pool import Operator
from rendering.reel import Reel
from rendering.shooting import Stalled
from scenes.registry import CHAPTERS

PATIENCE = 300.0  # seconds without a frame, until a worker takes itself for hung
PARTING = 2.0  # seconds for its last word to be heard


class Hung(RuntimeError):
    """The worker at that address drew nothing any more of that segment, and has left."""

    def __init__(self, address: str, number: int) -> None:
        super().__init__(address, number)
        self.address, self.number = address, number


@dataclass(frozen=True)
class Shooting:
    """All that a worker needs for its share of a film: there is no shared disk."""

    key: str
    reel: Reel
    jobs: tuple[RenderJob, ...]
    identity: Mapping[str, str]


@cache
def identity() -> dict[str, str]:
    """What the bytes of a film depend on, besides its reel.

    Kept as it was at first: a worker reads captions and code once, whatever becomes of the files.
    """
    return {
        "code": code_fingerprint((*CHAPTERS,))[:12],
        "captions": fingerprint_of([CAPTIONS])[:12],
        **surroundings(),
    }


def difference(expected: Mapping[str, str]) -> str:
    """In what this process differs from the one with that identity; "" in nothing."""
    own = identity()
    names = [name for name in {**expected, **own} if own.get(name) != expected.get(name)]
    return ", ".join(f"has {name} {own.get(name)}, not {expected.get(name)}" for name in names)


def itself(shooting: Shooting) -> Shooting:
    """A result of Dask's to hand from worker to worker."""
    return shooting


# Of a worker's process: Manim's configuration is global, so one film at a time is shot there.
_turn = Lock()
_at_work: dict[str, Operator] = {}


def segment(shooting: Shooting, number: int) -> list[Any]:
    """Shoot a segment: the work of a worker, which may have come after the last check.

    Dask's heartbeat beats on where the drawing is stuck. What is stuck cannot be ended, only its
    process: so that says Hung, works at nothing else, and goes.
    """
    differs = difference(shooting.identity)
    if differs:
        raise AttentionError(f"a worker {differs}")
    _turn.acquire()
    try:
        if shooting.key not in _at_work:
            while _at_work:
                _at_work.popitem()[1].stop()
            _at_work[shooting.key] = Operator(shooting.reel, shooting.jobs, PATIENCE)
        made = _at_work[shooting.key].shoot(number)
    except Stalled as error:
        from distributed import get_worker

        Timer(PARTING, os._exit, (1,)).start()
        raise Hung(get_worker().address, number) from error  # and never gives up its turn
    except BaseException:
        _at_work.clear()  # the walk has ended there
        _turn.release()
        raise
    _turn.release()
    return made
