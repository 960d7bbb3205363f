"""A Manim renderer that draws only what moved and hands frames straight to the encoders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from manim import CairoRenderer, Mobject

from rendering.encode import FrameSink
from scenes.kit.camera import Damage, FilmCamera, merge


class _NoFiles:
    """What Manim's scene asks of its file writer, for a renderer that writes no files itself."""

    def __init__(self, *_: Any) -> None:
        self.sections: list[Any] = []
        self.subcaptions: list[Any] = []

    def next_section(self, *_: Any, **__: Any) -> None:
        """Sections are Manim's own way of cutting a film; ours are the plays."""


class FilmRenderer(CairoRenderer):
    """Draws plays frame by frame into one image.

    What stands still is painted once a play; in each frame only the rectangle that the moving
    mobjects touched, now or in the frame before, is restored and painted again. The sinks learn
    that rectangle, so that they convert nothing else.

    With `wanted` set (seconds), no frames are made but those moments, which land in `taken`.
    """

    def __init__(self) -> None:
        super().__init__(file_writer_class=_NoFiles, camera_class=FilmCamera)
        self.camera: FilmCamera
        self.sinks: Sequence[FrameSink] = ()
        self.on_progress: Callable[[float], None] | None = None
        self.frames = 0
        self.wanted: list[float] | None = None
        self.taken: list[np.ndarray] = []
        self._still: np.ndarray | None = None
        self._dirty: Damage | None = None
        self._fresh = True

    def play(self, scene: Any, *args: Any, **kwargs: Any) -> None:
        """Run one play of the scene."""
        scene.compile_animation_data(*args, **kwargs)
        scene.begin_animations()
        if self.wanted is not None:
            self._visit(scene)
            return
        self._paint_still(scene.static_mobjects)
        if scene.is_current_animation_frozen_frame():
            self._paint_moving(scene.moving_mobjects)
            self._emit(round(scene.duration * self.camera.frame_rate))
        else:
            scene.play_internal()
        self.num_plays += 1

    def render(self, scene: Any, time: float, moving_mobjects: Iterable[Mobject] = ()) -> None:
        """Draw and hand out one frame."""
        self._paint_moving(moving_mobjects)
        self._emit(1)

    def _paint_still(self, mobjects: Iterable[Mobject]) -> None:
        """Paint what does not move in this play, and keep it."""
        camera = self.camera
        camera.reset()
        camera.capture_mobjects(mobjects)
        camera.take_damage()
        if self._still is None:
            self._still = camera.pixel_array.copy()
        else:
            np.copyto(self._still, camera.pixel_array)
        self._dirty, self._fresh = None, True

    def _paint_moving(self, mobjects: Iterable[Mobject]) -> None:
        camera = self.camera
        if self._dirty is not None:
            x0, y0, x1, y1 = self._dirty
            camera.pixel_array[y0:y1, x0:x1] = self._still[y0:y1, x0:x1]  # type: ignore[index]
        camera.capture_mobjects(mobjects)

    def _emit(self, repeat: int) -> None:
        camera = self.camera
        drawn = camera.take_damage()
        whole = (0, 0, camera.pixel_width, camera.pixel_height)
        damage = whole if self._fresh else merge(self._dirty, drawn)
        self._dirty, self._fresh = drawn, False
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
        for animation in scene.animations:
            animation.finish()
            animation.clean_up_from_scene(scene)
