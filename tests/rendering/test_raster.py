"""Compiled code paints what Cairo paints, as truly, and the same in parts as at once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import cairo
import numpy as np
import pytest

from attention_core import Material
from rendering import film, shooting
from rendering.raster import compiled_raster
from scenes.kit import typeset
from scenes.kit.canvas import Canvas
from scenes.kit.outline import Ink
from scenes.kit.view import Placement, View
from scenes.look import Look
from scenes.registry import CHAPTERS

SIDE, FINER = 96, 16  # pixels, and how many times as fine the oracle draws
WHITE, HALF = np.array([[1.0, 1.0, 1.0, 1.0]]), np.array([[1.0, 1.0, 1.0, 0.5]])


def canvas(ground: int = 0) -> Canvas:
    """An opaque grey square to paint on."""
    image = np.full((SIDE, SIDE, 4), ground, np.uint8)
    image[..., 3] = 255
    return Canvas.whole(compiled_raster(), image)


def parts_of(whole: Canvas) -> Canvas:
    """The same square, its clip in rectangles of uneven sizes."""
    cuts = [0, 7, 40, 41, SIDE]
    spans = list(pairwise(cuts))
    limits = np.array([(x0, y0, x1, y1) for x0, x1 in spans for y0, y1 in spans])
    return Canvas(whole.raster, np.full_like(whole.image, 0), limits)


def oracle(draw: Callable[[Any], None]) -> np.ndarray:
    """What Cairo covers of each pixel, 0 to 255: the mean of a much larger picture."""
    side = SIDE * FINER
    surface = cairo.ImageSurface(cairo.FORMAT_A8, side, side)
    context = cairo.Context(surface)
    context.scale(FINER, FINER)
    draw(context)
    surface.flush()
    pixels = np.frombuffer(surface.get_data(), np.uint8).reshape(side, surface.get_stride())
    return pixels[:, :side].reshape(SIDE, FINER, SIDE, FINER).mean(axis=(1, 3))


def outline(context: Any, corners: np.ndarray) -> None:
    """A polygon, filled."""
    for x, y in corners.tolist():
        context.line_to(x, y)
    context.close_path()
    context.fill()


def placed(angle: float = 0.0) -> Placement:
    """Where a mobject stands whose units are pixels, y up; turned out of the picture's plane."""
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    view = View(SIDE, SIDE, 1.0, np.zeros(3), turn, 300.0)
    return Placement(view, np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))


def shapes() -> dict[str, np.ndarray]:
    """Polygons of all kinds: upright and turned, slender, notched, larger than the picture."""
    random = np.random.default_rng(7)
    box = np.array([(-9.0, -20.0), (8.5, -23.0), (8.5, 21.0), (-9.0, 19.0)])
    found = {"upright": box + np.array([48.3, 47.6]), "tiny": box / 60 + 50.4}
    for slant in (0.0, 0.03, 0.12, 0.31, 0.5):
        for wide, high in ((17.5, 40.2), (0.4, 30.0), (25.3, 0.6), (9.0, 1.4)):
            rise = slant * wide
            page = np.array([(0, 0), (wide, rise), (wide, high + 1.1 * rise), (0.0, high)])
            found[f"page {slant} {wide}"] = page + random.uniform(30, 50, 2)
    for number, angle in enumerate(random.uniform(0, 2 * np.pi, 12)):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        found[f"turned {number}"] = box @ turn + random.uniform(40, 56, 2)
        found[f"slender {number}"] = (box * (0.1, 1.6)) @ turn + random.uniform(40, 56, 2)
    found["notched"] = np.array([(10.2, 80), (48, 12.4), (85, 80.7), (47, 50)])[[0, 1, 2, 3, 3]]
    found["larger"] = np.array([(-500.0, -300.0), (400.0, 20.0), (180.0, 700.0)])
    return found


@pytest.mark.parametrize("name", shapes())
def test_a_polygon_covers_of_each_pixel_what_lies_inside_of_it(name: str) -> None:
    corners, here = shapes()[name], canvas()
    here.shapes(corners[None], WHITE)
    truth = oracle(lambda context: outline(context, corners))
    assert np.abs(here.image[..., 0] - truth).max() < 3
    assert (here.image[..., 3] == 255).all()


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("name", ["upright", "turned 3", "turned 8"])
def test_the_border_of_a_box_lies_on_its_edge(name: str, order: int) -> None:
    corners, here, width = shapes()[name][::order], canvas(), 3.4
    here.framed(corners[None], WHITE * (1, 1, 1, 0.4), WHITE, np.array([width]))

    def draw(context: Any) -> None:
        context.set_source_rgba(1, 1, 1, 0.4)
        outline(context, corners)
        for x, y in corners.tolist():
            context.line_to(x, y)
        context.close_path()
        context.set_source_rgba(1, 1, 1, 1)
        context.set_line_width(width)
        context.stroke()

    assert np.abs(here.image[..., 0] - oracle(draw)).max() < 4


@pytest.mark.parametrize("radius", [0.3, 0.8, 1.7, 3.2, 4.5, 12.0, 38.0])
@pytest.mark.parametrize("width", [0.0, 0.5])
def test_a_disc_and_a_ring_are_as_true_as_cairos(radius: float, width: float) -> None:
    x, y = 0.23, -0.41

    def draw(context: Any) -> None:
        context.arc(SIDE / 2 + x, SIDE / 2 - y, radius, 0, 2 * np.pi)
        context.set_line_width(width)
        context.stroke() if width else context.fill()

    found = {}
    for angle in (0.0, 1e-9):  # straight on, and the least bit aslant: two ways to paint
        here, at = canvas(), placed(angle)
        assert at.upright == (angle == 0)
        here.discs(at, np.array([[x, y]]), np.array([radius]), WHITE, width)
        found[angle] = here.image[..., 0].astype(int)
    truth = oracle(draw)
    assert np.abs(found[0.0] - truth).max() < 12  # Cairo at this size is off by up to 25
    assert np.abs(found[1e-9] - truth).max() < 8
    assert found[0.0].sum() == pytest.approx(truth.sum(), rel=0.03, abs=8)


@pytest.mark.parametrize("angle", np.linspace(0, np.pi, 9).tolist())
def test_a_thin_line_covers_what_lies_within_it(angle: float) -> None:
    way = np.array([np.cos(angle), np.sin(angle)]) * 38.3
    ends = np.array([48.2, 47.7]) + np.stack([way, -way])

    def draw(context: Any) -> None:
        context.move_to(*ends[0].tolist())
        context.line_to(*ends[1].tolist())
        context.set_line_width(1.6)
        context.stroke()

    here, one, truth = canvas(), canvas(), oracle(draw)
    here.lines(ends[None], WHITE, 1.6)
    one.mesh(ends[None], (1.0, 1.0, 1.0, 1.0), 1.6)
    assert np.abs(one.image[..., 0] - truth).max() < 3
    y, x = np.indices(truth.shape) + 0.5
    apart = [np.hypot(x - end[0], y - end[1]) > 3 for end in ends]  # its ends are cut upright
    assert np.abs(here.image[..., 0] - truth)[apart[0] & apart[1]].max() < 16
    assert here.image[..., 0].sum() == pytest.approx(truth.sum(), rel=0.02)


def test_a_disc_aslant_is_an_ellipse() -> None:
    angle, radius = np.radians(60), 30.0
    here, at = canvas(), placed(angle)
    here.discs(at, np.zeros((1, 2)), np.array([radius]), WHITE, 0.0)
    rows, columns = (here.image[..., 0] / 255).sum(axis=1), (here.image[..., 0] / 255).sum(axis=0)
    assert columns.max() == pytest.approx(2 * radius, rel=0.01)
    assert rows.max() == pytest.approx(2 * radius * np.cos(angle), rel=0.01)


def test_type_aslant_lies_where_its_outlines_lie() -> None:
    ink, em, at = Ink.plain(typeset.text("Rg")), 40.0, placed(np.radians(35))
    pens = np.array([[-30.0, -8.0]])
    here = canvas()
    turned = at.jacobians(pens) * em
    here.type([(0, ink)], at.pixels(pens), turned, [(1.0, 1.0, 1.0)], np.array([1.0]))
    ((a, c), (b, d)), ((x, y),) = turned[0].tolist(), at.pixels(pens).tolist()

    def draw(context: Any) -> None:
        context.transform(cairo.Matrix(a, b, c, d, x, y))
        context.append_path(ink.parts[0][0].path)
        context.fill()

    truth, found = oracle(draw), here.image[..., 0].astype(float)
    assert found.sum() == pytest.approx(truth.sum(), rel=0.02)
    for axis in (0, 1):
        middles = [(p.sum(axis=axis) * np.arange(SIDE)).sum() / p.sum() for p in (found, truth)]
        assert middles[0] == pytest.approx(middles[1], abs=0.15)  # of a pixel
    assert np.abs(found - truth).mean() < 0.04 * truth[truth > 0].mean()


def paint_everything(here: Canvas) -> None:
    """Some of all that there is, half opaque."""
    for corners in shapes().values():
        here.shapes(corners[None], HALF)
    some = list(shapes().values())
    here.groups([some[:3], some[3:9]], np.repeat(HALF, 2, axis=0))
    here.framed(np.stack(some[:3]), HALF.repeat(3, axis=0), HALF.repeat(3, axis=0), np.full(3, 2.0))
    lines = np.array([[(3.0, 5.0), (90.0, 60.0)], [(10.9, 42.0), (40.9, 72.0)]])
    here.lines(lines, np.repeat(HALF, 2, axis=0), 1.0)
    cells = np.array([(0.3, 70.4), (20.6, 70.4), (20.6, 80.7), (0.3, 80.7)])
    here.shapes(
        np.stack([cells, cells + np.array([20.3, 0])]),
        np.repeat(WHITE, 2, axis=0),
        ground=(0, 0, 0),
    )
    here.mesh(lines[:, ::-1], (0.1, 0.5, 0.9, 0.6), 2.0)
    centres, radii = np.array([[3.2, 1.0], [-30.0, 20.0]]), np.array([25.3, 2.0])
    for angle in (0.0, 0.6):
        at = placed(angle)
        for width in (0.0, 2.0):
            here.discs(at, centres, radii, np.repeat(HALF, 2, axis=0), width)
        pens = np.array([[-40.0, -30.0]])
        ink, turned = Ink.plain(typeset.text("fluffy")), at.jacobians(pens) * 30
        here.type([(0, ink)], at.pixels(pens), turned, [(0.2, 0.9, 0.4)], np.array([0.7]))


def test_a_picture_that_is_painted_part_by_part_is_the_one_that_is_painted_at_once() -> None:
    whole = canvas()
    parts = parts_of(whole)
    parts.image[:] = whole.image
    paint_everything(whole)
    paint_everything(parts)
    assert whole.image[..., :3].max() > 200
    np.testing.assert_array_equal(parts.image, whole.image)


def test_an_image_may_lie_anywhere_in_the_picture() -> None:
    whole, (x, y) = canvas(), (31, 22)
    paint_everything(whole)
    part = Canvas.whole(whole.raster, np.zeros((40, 50, 4), np.uint8), (x, y))
    part.image[..., 3] = 255
    paint_everything(part)
    np.testing.assert_array_equal(part.image, whole.image[y : y + 40, x : x + 50])


def test_what_is_empty_or_nowhere_paints_nothing() -> None:
    here = canvas(77)
    before = here.image.copy()
    beyond = Canvas(here.raster, here.image, np.array([[200, 0, 300, 96], [0, 96, 96, 300]]))
    paint_everything(beyond)
    no, none = np.empty((0, 4, 2)), np.empty((0, 4))
    here.shapes(no, none)
    here.shapes(no, none, joined=True)
    here.lines(no[:, :2], none, 1.0)
    here.mesh(no[:, :2], (1.0, 1.0, 1.0, 1.0), 1.0)
    here.groups([], none)
    here.groups([[]], WHITE)
    for lost in (np.nan, np.inf, -np.inf, 1e300):
        for place in range(4):
            corners = shapes()["upright"].copy()
            corners[place, place % 2] = lost
            if not np.isfinite(corners).all():
                here.shapes(corners[None], WHITE)
                here.shapes(np.concatenate([corners, corners[:1]])[None], WHITE)
    np.testing.assert_array_equal(here.image, before)


def test_nothing_is_painted_outside_of_the_clip() -> None:
    whole = canvas(77)
    clipped = Canvas(whole.raster, whole.image, np.array([[20, 30, 50, 60]]))
    before = whole.image.copy()
    paint_everything(clipped)
    changed = (whole.image != before).any(axis=2)
    assert changed[30:60, 20:50].mean() > 0.5
    changed[30:60, 20:50] = False
    assert not changed.any()


def test_cells_side_by_side_on_a_known_ground_leave_no_seam() -> None:
    left = np.array([(10.0, 10.0), (40.3, 13.0), (44.7, 80.2), (12.0, 84.0)])
    right = np.array([(40.3, 13.0), (80.0, 9.6), (79.0, 86.0), (44.7, 80.2)])
    red, grey = np.array([[0.8, 0.2, 0.1, 1.0]]), (0.2, 0.2, 0.2)
    together, apart = canvas(51), canvas(51)
    outlines = [left, right]
    together.groups([outlines], red)
    apart.shapes(np.stack([left, right]), np.repeat(red, 2, axis=0), ground=grey)
    assert np.abs(together.image.astype(int) - apart.image).max() <= 1
    level, joined = canvas(51), canvas(51)
    above = np.array([(10.2, 10.0), (70.6, 10.0), (70.6, 50.4), (10.2, 50.4)])
    below = above + np.array([0, 40.4])
    level.shapes(np.stack([above, below]), np.repeat(red, 2, axis=0), ground=grey)
    joined.shapes(np.stack([above, below]), np.repeat(red, 2, axis=0), joined=True)
    for found in (level, joined):
        inside = found.image[12:88, 13:69, 0].astype(int)
        assert np.abs(inside - 204).max() <= 1
    seamed = canvas(51)
    seamed.shapes(np.stack([left, right]), np.repeat(red, 2, axis=0))
    assert np.abs(together.image.astype(int) - seamed.image).max() > 20


class Frames:
    """A sink that keeps the frames."""

    def __init__(self) -> None:
        self.kept: list[np.ndarray] = []

    def write(self, rgba: np.ndarray, damage: Any, repeat: int = 1) -> None:
        self.kept.append(rgba[..., :3].astype(int))

    def cut(self) -> None:
        """A segment begins."""


@pytest.mark.parametrize("slug", ["embedding-space", "context", "query-key", "multi-head"])
def test_a_film_looks_as_cairo_would_paint_it(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    material = Material.embedded(CHAPTERS[slug].needs)
    films = []
    for raster in (compiled_raster, lambda: None):
        monkeypatch.setattr(film, "compiled_raster", raster)
        films.append(Frames())
        shooting.film(slug, material, Look(), (640, 360), 3, [films[-1]])
    assert len(films[0].kept) == len(films[1].kept) > 10
    for ours, cairos in zip(films[0].kept, films[1].kept, strict=True):
        apart = np.abs(ours - cairos).max(axis=2)
        # The smoothing of an edge. Where thin lines of one shape begin, several edges lie on each
        # other: what each covers is added up there, in some pixels.
        assert apart.max() < (125 if slug == "context" else 90)
        assert (apart > 24).mean() < 0.002


def test_what_shapes_of_a_group_share_is_painted_once() -> None:
    one, other = (
        np.array([(10.0, 10), (60, 10), (60, 60), (10, 60)]),
        np.array([(30.0, 30), (80, 30), (80, 80), (30, 80)]),
    )
    here = canvas()
    here.groups([[one, other]], HALF)
    assert {*np.unique(here.image[..., 0]).tolist()} <= {0, 127, 128}
