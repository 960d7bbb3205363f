"""Shooting: a reel is played and its frames go to sinks, all of it, or one segment at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, Protocol

from attention_core.material import Material
from rendering import stage
from rendering.encode import FrameSink
from rendering.reel import Reel, Segment, Size
from scenes.look import Look

LOOK = 1.0  # seconds between two looks at whether a walk goes on
Progress = Callable[[float, float | None], None]  # seconds of the film: done, and in all


class SegmentTaker(Protocol):
    """What takes the frames of one segment, and gives what it made of them."""

    def write(self, rgba: Any, damage: Any, repeat: int = 1) -> None:
        """Add `repeat` equal frames."""

    def result(self) -> Any:
        """What became of the frames."""


def film(
    slug: str,
    material: Material,
    look: Look,
    size: Size,
    fps: int,
    sinks: Sequence[FrameSink],
    on_progress: Progress | None = None,
) -> int:
    """Play a chapter and hand every frame to the sinks; how many there were.

    The sinks are not finished here; a failure leaves them to their owner to abort.
    """
    reel = stage.reel(slug, material, look, size, fps)
    shoot(reel, sinks, on_progress)
    return reel.segments[-1].frames.stop


def shoot(reel: Reel, sinks: Sequence[FrameSink], on_progress: Progress | None = None) -> None:
    """Play the whole reel in this process, and hand every frame to the sinks.

    They are not finished here; a failure leaves them to their owner to abort.
    """
    renderer = stage.renderer_for(reel.size, reel.rate)
    renderer.sinks = sinks
    starts = {segment.plays.start for segment in reel.segments}

    def on_play(number: int) -> bool:
        if number in starts:
            for sink in sinks:
                sink.cut()
        return True

    renderer.on_play = on_play
    if on_progress is not None:
        renderer.on_progress = lambda _: on_progress(renderer.frames / reel.fps, reel.seconds)
    stage.play(reel, renderer)
    # Where the plan and the film differ, segments made in several processes would not fit.
    assert renderer.frames == reel.segments[-1].frames.stop


class Stalled(RuntimeError):
    """No frame has come for longer than whoever asked is patient."""


class Walker:
    """Plays a reel in a thread of its own, and stops between segments until one is asked for.

    What lies between two segments that are asked for is gone through without drawing, which takes
    little; so one walk serves all the segments that a process is given, in rising order. Only one
    of the two threads is ever awake.

    A walk begins a chapter before the first segment that is asked for: a chapter takes over what
    the one before leaves, and nothing of those before that.
    """

    def __init__(self, reel: Reel, first: int = 0) -> None:
        self._reel = reel
        self._begin = max(0, reel.chapter_of(first) - 1)
        self._asked: SimpleQueue[tuple[int, Any] | None] = SimpleQueue()
        self._done: SimpleQueue[Any] = SimpleQueue()
        self._current: Segment | None = None  # the one that is asked for
        self.next = first  # the first segment that it has not gone by
        self._renderer = stage.renderer_for(reel.size, reel.rate)
        self._renderer.on_play = self._on_play
        self._thread = Thread(target=self._walk, name="walker", daemon=True)
        self._thread.start()

    def shoot(
        self, number: int, takers: Sequence[SegmentTaker], patience: float | None = None
    ) -> list[Any]:
        """The frames of a segment that lies ahead to these takers; what they made of them.

        Raises Stalled where it neither draws nor passes by anything for `patience` seconds: its
        thread is stuck then, and may come to life at any time.
        """
        assert number >= self.next
        self.next = number + 1
        self._asked.put((number, takers))
        failure = self._done.get() if patience is None else self._done_within(patience)
        if failure is not None:
            raise failure
        return [taker.result() for taker in takers]

    def _done_within(self, patience: float) -> Any:
        place, since = None, monotonic()
        while True:
            try:
                return self._done.get(timeout=min(patience, LOOK))
            except Empty:
                now = self._renderer.num_plays, self._renderer.frames
                if now != place:
                    place, since = now, monotonic()
                elif monotonic() - since > patience:
                    raise Stalled(f"no frame was drawn in {patience:g} s") from None

    def stop(self) -> None:
        """Walk no farther."""
        self._asked.put(None)
        self._thread.join()

    def _walk(self) -> None:
        try:
            self._await()
            stage.play(self._reel, self._renderer, self._begin)
            self._done.put(None)
        except _Stop:
            pass
        except BaseException as failure:  # told where the segment was asked for
            self._done.put(failure)

    def _await(self) -> None:
        asked = self._asked.get()
        if asked is None:
            raise _Stop
        number, self._renderer.sinks = asked
        self._current = self._reel.segments[number]

    def _on_play(self, number: int) -> bool:
        assert self._current is not None
        if number == self._current.plays.stop:
            self._done.put(None)
            self._await()
        return number in self._current.plays


class _Stop(Exception):
    """Nobody asks any more."""
