"""A Manim renderer that draws only what moved and hands frames straight to the encoders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from manim import CairoRenderer, Mobject

from rendering.encode import FrameSink
from rendering.raster import compiled_raster
from rendering.repaint import Repainter
from scenes.kit.camera import FilmCamera


class _NoFiles:
    """What Manim's scene asks of its file writer, for a renderer that writes no files itself."""

    def __init__(self, *_: Any) -> None:
        self.sections: list[Any] = []
        self.subcaptions: list[Any] = []

    def next_section(self, *_: Any, **__: Any) -> None:
        """Sections are Manim's own way of cutting a film; ours are the plays."""


class Play(NamedTuple):
    """One play of a scene: how long it lasts, in seconds, and whether nothing moves in it."""

    seconds: float
    still: bool

    def frames(self, rate: float) -> int:
        """How many frames it has at so many a second; one that moves begins at its first."""
        if self.still:
            return round(self.seconds * rate)
        return len(np.arange(0, self.seconds, 1 / rate))  # as Manim counts them


class FilmRenderer(CairoRenderer):
    """Draws plays frame by frame into one image.

    What stands still is painted once a play; in each frame only what changed is painted
    again (see Repainter). The sinks learn it, so that they convert nothing else.

    Before each play `on_play` is told its number, and says whether it is to be drawn: else it is
    only gone through. With `wanted` set (seconds), no frames are made but those moments, which land
    in `taken`; the plays that were gone through stand in `visited`.
    """

    def __init__(self) -> None:
        super().__init__(file_writer_class=_NoFiles, camera_class=FilmCamera)
        self.camera: FilmCamera
        self.sinks: Sequence[FrameSink] = ()
        self.on_progress: Callable[[float], None] | None = None
        self.on_play: Callable[[int], bool] = lambda number: True
        self.frames = 0  # drawn
        self.wanted: list[float] | None = None  # no play is drawn
        self.taken: list[np.ndarray] = []
        self.visited: list[Play] = []
        self._repainter = Repainter(self.camera)
        self._fresh = True

    def play(self, scene: Any, *args: Any, **kwargs: Any) -> None:
        """Run one play of the scene."""
        scene.compile_animation_data(*args, **kwargs)
        scene.begin_animations()
        self.num_plays += 1
        if self.wanted is not None or not self.on_play(self.num_plays - 1):
            self._visit(scene)
            return
        self.camera.raster = compiled_raster()
        self._repainter.begin(scene.static_mobjects, scene.moving_mobjects)
        self._fresh = True
        if scene.is_current_animation_frozen_frame():
            self._emit(Play(scene.duration, True).frames(self.camera.frame_rate))
        else:
            scene.play_internal()

    def render(self, scene: Any, time: float, moving_mobjects: Sequence[Mobject] = ()) -> None:
        """Draw and hand out one frame."""
        self._emit(1)

    def _emit(self, repeat: int) -> None:
        """Bring the image up to date and hand it out, `repeat` times."""
        camera = self.camera
        damage = self._repainter.paint()
        if self._fresh:  # the still image of this play may differ from the last frame anywhere
            damage, self._fresh = [(0, 0, camera.pixel_width, camera.pixel_height)], False
        for sink in self.sinks:
            sink.write(camera.pixel_array, damage, repeat)
        self.frames += repeat
        self.time += repeat / camera.frame_rate
        if self.on_progress is not None:
            self.on_progress(self.time)

    def _visit(self, scene: Any) -> None:
        """Go through a play without frames; take the moments that fall into it."""
        scene.duration = scene.get_run_time(scene.animations)
        for moment in self.wanted or ():
            if self.time <= moment < self.time + scene.duration:
                scene.update_to_time(moment - self.time)
                self.camera.reset()
                self.camera.capture_mobjects(scene.mobjects)
                self.taken.append(self.camera.pixel_array.copy())
        self.time += scene.duration
        still = scene.is_current_animation_frozen_frame()
        self.visited.append(Play(scene.duration, still))
        for animation in scene.animations:
            animation.finish()
            animation.clean_up_from_scene(scene)
