"""Painted mobjects behave as Manim mobjects, and paint on any surface."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import DEGREES, UP, FadeIn, FadeOut, Transform

from attention_core import Material
from rendering import stage
from rendering.film import FilmRenderer
from scenes.kit import typeset
from scenes.kit.animate import ENTER, LEAVE, Show, Stagger
from scenes.kit.chapter import Chapter
from scenes.kit.fill import score_numbers, weight_dots
from scenes.kit.grid import Grid
from scenes.kit.layout import elide
from scenes.kit.words import formula
from scenes.look import Look
from scenes.registry import CHAPTERS

SIZE = (640, 360)


class Bench(Chapter):
    """A chapter that plays what a test gives it."""

    slug = "softmax"


@pytest.fixture
def bench(default_material: Material) -> Bench:
    """A scene that makes no frames."""
    renderer = stage.renderer_for(SIZE, 10)
    renderer.wanted = []
    return Bench(default_material, Look(), renderer=renderer)


def shot(scene: Chapter) -> np.ndarray:
    """The whole picture, painted anew."""
    scene.camera.reset()
    scene.camera.capture_mobjects(scene.mobjects)
    return np.asarray(scene.camera.pixel_array[..., :3], int)


def dots(scene: Chapter) -> Any:
    """The default sentence's weights as dots."""
    return weight_dots(Grid(scene).board, scene.trace.weights, scene.theme)


def test_a_dot_grid_moves_fades_and_turns(bench: Bench) -> None:
    layer = dots(bench)
    bench.play(FadeIn(layer))
    upright = shot(bench)
    assert upright.max() > 200
    bench.play(layer.animate.shift(UP))
    lifted = shot(bench)
    pixels = round(SIZE[1] / 8)
    assert np.abs(lifted[: -2 * pixels] - upright[pixels:-pixels]).mean() < 0.2
    bench.play(layer.animate.rotate(60 * DEGREES, axis=UP))
    across = np.ptp(np.argwhere(shot(bench).max(axis=2) > 100)[:, 1])
    assert across < 0.75 * np.ptp(np.argwhere(upright.max(axis=2) > 100)[:, 1])
    bench.play(FadeOut(layer))
    assert shot(bench).max() == 0


def test_transform_goes_from_one_grid_to_another(bench: Bench) -> None:
    layer, target = dots(bench), dots(bench)
    target.set(value=0.25)
    bench.add(layer)
    bench.play(Transform(layer, target))
    np.testing.assert_allclose(layer.arrays["value"], 0.25)


def test_a_line_that_is_just_as_long_as_its_room_is_not_cut() -> None:
    line = "the first words of a book"
    whole = typeset.text(line, "regular")
    wide = whole.advance
    for room in np.linspace(1.0, 9.0, 200).tolist():
        em = room / wide  # dividing again does not always give the same width
        assert elide(line, room / em).parts[0][0] is whole
    assert elide(line, 0.99 * wide).advance < 0.99 * wide


def test_cells_are_staggered(bench: Bench) -> None:
    layer = dots(bench)
    order = np.linspace(0, 1, layer.board.count)
    animation = Stagger(layer, order, spread=0.8, shown=0.0)
    animation.begin()
    animation.interpolate(0.5)
    shown = layer.arrays["shown"]
    assert shown[0] == 0.0
    assert shown[-1] == 1.0
    assert (np.diff(shown) >= -1e-9).all()


def test_one_number_leaves_its_cell_before_the_next_one_comes(bench: Bench) -> None:
    old, new = dots(bench), dots(bench)
    order = np.linspace(0, 1, old.board.count)
    leaving = Stagger(old, order, window=LEAVE, shown=0.0)
    entering = Show(new, order, window=ENTER)
    for animation in (leaving, entering):
        animation.begin()
    for moment in np.linspace(0, 1, 41):
        leaving.interpolate(moment)
        entering.interpolate(moment)
        assert (np.minimum(old.arrays["shown"], new.arrays["shown"]) == 0).all()
    assert (new.arrays["shown"] == 1).all()


def test_numbers_keep_their_places_under_a_turned_camera(bench: Bench) -> None:
    grid = Grid(bench)
    numbers = score_numbers(grid.board, bench.trace.scaled, bench.theme)
    bench.add(numbers)
    bench.camera.frame.look(about_y=35, about_x=-5)
    picture = shot(bench).max(axis=2)
    points = np.zeros((grid.board.count, 3))
    points[:, :2] = grid.board.centres
    places = bench.camera.view.pixels(points).round().astype(int)
    bold = np.flatnonzero((bench.trace.scaled > 1)[grid.board.query_of, grid.board.key_of])
    for x, y in places[bold]:
        assert picture[y - 6 : y + 7, x - 9 : x + 10].max() > 90


@pytest.mark.parametrize("slug", CHAPTERS)
def test_a_frame_of_a_clip_equals_a_picture_painted_anew(
    slug: str, default_material: Material
) -> None:
    renderer: FilmRenderer = stage.renderer_for(SIZE, 4)
    worst = []

    class Check:
        last: np.ndarray | None = None

        def write(self, rgba: np.ndarray, damage: Any, repeat: int = 1) -> None:
            camera, kept = renderer.camera, rgba.copy()
            if self.last is not None:
                outside = kept.copy()
                for x0, y0, x1, y1 in damage:
                    outside[y0:y1, x0:x1] = self.last[y0:y1, x0:x1]
                assert np.array_equal(outside, self.last)  # nothing changed unannounced
            off = np.abs(shot(scene) - kept[..., :3]).max()
            # Aslant, edges are smoothed in steps of 1/16, of which a clip may take one or two.
            worst.append(off if renderer.camera.view.straight else off / 4)
            camera.pixel_array[:] = kept
            self.last = kept

    renderer.sinks = [Check()]  # type: ignore[list-item]
    scene = stage.scene_of(slug, default_material, Look(), renderer)
    scene.construct()
    assert len(worst) > 30
    assert max(worst) <= 10  # a clipped edge may round otherwise by a few levels in 255


@pytest.mark.parametrize("slug", CHAPTERS)
def test_vectors_hold_no_bitmap_and_no_text(
    slug: str, tmp_path: Path, default_material: Material
) -> None:
    size = CHAPTERS[slug].figure().size(default_material.trace.n)
    svg, pdf = tmp_path / "a.svg", tmp_path / "a.pdf"
    stage.still_vector(slug, default_material, Look(), size, svg, "svg")
    stage.still_vector(slug, default_material, Look(), size, pdf, "pdf")
    text = svg.read_text()
    assert "<image" not in text
    assert "<text" not in text
    assert b"/Image" not in pdf.read_bytes()
    later = tmp_path / "b.pdf"
    stage.still_vector(slug, default_material, Look(), size, later, "pdf")
    assert b"CreationDate (20000101" in pdf.read_bytes()
    assert later.read_bytes() == pdf.read_bytes()
    again = tmp_path / "b.svg"
    stage.still_vector(slug, default_material, Look(), size, again, "svg")
    assert again.read_bytes() == svg.read_bytes()


def test_red_and_blue_are_not_exchanged_on_a_vector_surface(
    tmp_path: Path, default_material: Material
) -> None:
    path = tmp_path / "a.svg"
    stage.still_vector("dot-products", default_material, Look(), (1920, 1080), path, "svg")
    colours = set(
        re.findall(r"fill:rgb\((\d+)[.\d]*%,(\d+)[.\d]*%,(\d+)[.\d]*%\)", path.read_text())
    )
    assert ("100", "100", "0") in colours  # the queries' yellow
    assert ("36", "81", "70") in colours  # the keys' teal, #5CD0B3
    assert ("70", "81", "36") not in colours


def test_two_stills_have_identical_pixels(default_material: Material) -> None:
    first, _ = stage.still("softmax", default_material, Look(), SIZE)
    second, _ = stage.still("softmax", default_material, Look(), SIZE)
    assert np.array_equal(first, second)


def test_an_array_can_be_animated_and_a_dot_of_half_the_size_has_a_quarter_of_the_area(
    bench: Bench,
) -> None:
    layer = dots(bench)
    layer.set(value=1.0)
    bench.add(layer)
    whole = shot(bench).sum()
    bench.play(layer.animate.set(size=0.5))
    assert shot(bench).sum() / whole == pytest.approx(0.25, abs=0.02)


def test_a_fade_is_half_way_half_as_bright(bench: Bench) -> None:
    layer = dots(bench)
    bench.add(layer)
    full = shot(bench).sum()
    fade = FadeOut(layer)
    fade.begin()
    fade.interpolate(0.5)
    assert layer.opacity == pytest.approx(0.5)
    assert shot(bench).sum() / full == pytest.approx(0.5, abs=0.02)


def test_staggered_cells_are_half_way_partly_at_the_end_and_partly_at_the_start(
    bench: Bench,
) -> None:
    layer = dots(bench)
    layer.set(value=1.0)
    bench.add(layer)
    before = shot(bench).max(axis=2)
    animation = Stagger(layer, np.linspace(0, 1, layer.board.count), spread=0.8, shown=0.0)
    animation.begin()
    animation.interpolate(0.5)
    after = shot(bench).max(axis=2)
    points = np.zeros((layer.board.count, 3))
    points[:, :2] = layer.board.centres
    x, y = bench.camera.view.pixels(points).round().astype(int).T
    assert after[y, x][0] == 0
    assert after[y, x][-1] == before[y, x][-1] > 100


def test_a_turning_camera_stays_a_rotation_on_its_way(bench: Bench) -> None:
    frame = bench.camera.frame
    end = frame.copy().look(about_y=50, about_x=-10)
    start = frame.copy()
    for alpha in (0.0, 0.3, 0.5, 1.0):
        axes = frame.interpolate(start, end, alpha).points[1:4]
        np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(frame.points, end.points)


def test_a_formula_stands_as_near_to_its_neighbours_as_the_line_says() -> None:
    q = formula("q")
    width = typeset.line(f"turns {q} here").advance
    tight = typeset.line(f"turns {q}.").advance - typeset.text(".").advance
    loose = typeset.line(f"turns {q} .").advance - typeset.text(".").advance
    assert 0.2 < loose - tight < 0.4
    assert typeset.line(f"turns {q}").advance < tight < loose < width
