"""The map of a model's heads: which make a word look at others, or what each of them does."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import ManimColor, Scene, config

from attention_core.finder import Roles, Search
from attention_core.rounding import format_weight
from scenes.kit import typeset
from scenes.kit.camera import FilmCamera
from scenes.kit.chapter import MARGIN
from scenes.kit.credit import model_title
from scenes.kit.head_dots import HeadDots
from scenes.kit.label import Disc, Frame, Label
from scenes.kit.layout import elide
from scenes.kit.outline import Ink
from scenes.kit.sizes import CREDIT_EM, STILL_EM
from scenes.kit.strip import Strip
from scenes.kit.theme import RGB, THEMES
from scenes.kit.words import say
from scenes.look import Look

ROLES = ("previous", "same", "induction", "start")
TITLE_EM = 0.36
LEGEND_RADIUS = 0.16
STEPS = (1, 2, 5, 10, 20, 50)  # between the numbers of an axis


class HeadMap(Scene):
    """One map of a Search, or the four maps of Roles; it computes nothing."""

    is_still = True

    def __init__(self, found: Search | Roles, look: Look, *, renderer: Any = None) -> None:
        self.found, self.look, self.theme = found, look, THEMES[look.theme]
        super().__init__(renderer=renderer, camera_class=FilmCamera)
        self.camera.background_color = ManimColor(self.theme.background)

    def say(self, name: str, **values: Any) -> str:
        """A text in the viewer's language."""
        return say(self.look.lang, "heads", name, **values)

    def draw(self) -> tuple[str, list[dict[str, Any]]]:
        """Add the picture to the scene; its alt text, and each number with its pixel box."""
        found = self.found
        return self._search(found) if isinstance(found, Search) else self._roles(found)

    # -- the two pictures --------------------------------------------------------------------

    def _search(self, search: Search) -> tuple[str, list[dict[str, Any]]]:
        half_w, half_h = config.frame_width / 2, config.frame_height / 2
        keys = self.say("and").join(search.keys)
        title = self.say("gives", query=search.query, keys=keys)
        self._line(title, (0.0, half_h - 0.6), TITLE_EM, self.theme.text, "centre")
        region = (-half_w + 0.95, -half_h + 2.65, half_w - 0.3, half_h - 1.05)
        mass, control = search.grid("mass"), search.grid("control")
        dots = HeadDots(region, mass, self.theme, control, search.grid("is_previous") > 0)
        self.add(dots)
        self._axes(dots, names=True)
        best = search.best
        x0, y0, x1, y1 = dots.cell_box(best.layer, best.head)
        grow = min(0.06 * dots.cell, 0.05)
        around = (x0 - grow, y0 - grow, x1 + grow, y1 + grow)
        self.add(Frame(around, self.theme.focus, width=3.0))
        told = {
            "layer": best.layer,
            "head": best.head,
            "mass": format_weight(best.mass),
            "control": format_weight(best.control),
        }
        name = "best"
        if best.between is not None:
            name, told["between"] = "best_between", format_weight(best.between)
        self._line(self.say(name, **told), (0.0, -half_h + 1.32), 0.34, self.theme.focus, "centre")
        self._legend(-half_h + 0.78)
        self._credit()
        counts = {"layers": search.model.layers, "heads": search.model.heads}
        alt = self.say("alt", query=search.query, keys=keys, **told, **counts)
        return alt, self._cells(dots, {"value": mass, "control": control})

    def _roles(self, roles: Roles) -> tuple[str, list[dict[str, Any]]]:
        half_w, half_h = config.frame_width / 2, config.frame_height / 2
        cells: list[dict[str, Any]] = []
        for place, role in enumerate(ROLES):
            right, lower = place % 2, place // 2
            wide = half_w - 0.75
            x0 = half_w - 0.25 - wide if right else -half_w + 0.6
            x1 = x0 + wide
            top = half_h - 1.6 - lower * 3.15
            region = (x0, top - 2.45, x1, top)
            values = getattr(roles, role)
            dots = HeadDots(region, values, self.theme)
            if not place:
                title = self.say("roles_turned" if dots.turned else "roles")
                self._line(title, (0.0, half_h - 0.55), TITLE_EM, self.theme.text, "centre")
            self.add(dots)
            self._axes(dots, names=False, numbers=(not right, bool(lower)))
            name = self.say("start_of" if role == "start" else role)
            middle = (dots.box[0] + dots.box[2]) / 2
            self._line(name, (middle, dots.box[3] + 0.14), STILL_EM, self.theme.text, "centre")
            cells += [{"role": role, **cell} for cell in self._cells(dots, {"value": values})]
        self._credit()
        layers, heads = roles.previous.shape
        return self.say("alt_roles", layers=layers, heads=heads), cells

    # -- their parts -------------------------------------------------------------------------

    def _axes(self, dots: HeadDots, names: bool, numbers: tuple[bool, bool] = (True, True)) -> None:
        """The numbers of the layers and of the heads, as many as are readable."""
        x0, y0, _, y1 = dots.box
        em, quiet = STILL_EM, self.theme.quiet
        along = dots.centres[:, 0], dots.centres[0, :]  # (layers, 2), (heads, 2)
        across, down = along[::-1] if dots.turned else along
        if numbers[0]:
            shown = np.arange(0, len(down), _step(0.95 * em / dots.cell, len(down)))
            spots = np.stack([np.full(len(shown), x0 - 0.12), down[shown, 1]], axis=1)
            self.add(self._numbers(shown, spots, anchor="right"))
        if numbers[1]:
            shown = np.arange(0, len(across), _step(1.7 * em / dots.cell, len(across)))
            spots = np.stack([across[shown, 0], np.full(len(shown), y0 - 0.24)], axis=1)
            self.add(self._numbers(shown, spots, anchor="centre"))
        if names:
            below, beside = ("heads", "layers") if dots.turned else ("layers", "heads")
            middle = (dots.box[0] + dots.box[2]) / 2
            self._line(self.say(below), (middle, y0 - 0.72), em, quiet, "centre")
            self._line(self.say(beside), (x0 - 0.12, y1 + 0.14), em, quiet, "right")

    def _numbers(self, numbers: np.ndarray, spots: np.ndarray, anchor: str) -> Strip:
        inks = [Ink.plain(typeset.number(str(number))) for number in numbers.tolist()]
        return Strip(inks, spots, STILL_EM, [self.theme.quiet] * len(inks), anchor=anchor)

    def _legend(self, y: float) -> None:
        """A dot, a ring and a grey dot, and what each of them means."""
        theme, radius, em = self.theme, LEGEND_RADIUS, STILL_EM
        inks = [Ink.plain(typeset.text(self.say(name))) for name in ("disc", "ring", "grey")]
        gap, after = 0.6, 2 * radius + 0.16
        wide = sum(ink.advance * em + after for ink in inks) + gap * (len(inks) - 1)
        em *= min(1.0, (config.frame_width - 2 * MARGIN) / wide)
        x = -min(wide, config.frame_width - 2 * MARGIN) / 2
        for place, ink in enumerate(inks):
            centre = (x + radius, y + 0.08)
            if place == 1:
                self.add(Disc(centre, 0.0, theme.text, (radius * 0.7, theme.text)))
            else:
                colour = theme.line if place else theme.dot(0.8)
                self.add(Disc(centre, radius * 0.8, colour))
            self.add(Label(ink, (x + after, y), em, theme.text))
            x += after + ink.advance * em + gap

    def _credit(self) -> None:
        """One quiet line: the model, and how many heads there are."""
        if not self.look.credit:
            return
        model = self.found.model
        size = self.say("size", layers=model.layers, heads=model.heads)
        line = f"{model_title(model, self.say)} · {size}"
        at = (config.frame_width / 2 - MARGIN, -config.frame_height / 2 + 0.14)
        self._line(line, at, CREDIT_EM, self.theme.quiet, "right")

    def _line(
        self, line: str, at: tuple[float, float], em: float, colour: RGB, anchor: Any
    ) -> None:
        """A line of type, cut with an ellipsis where the frame is too narrow for it."""
        widest = config.frame_width - 2 * MARGIN
        advance = typeset.text(line, "regular").advance
        fitting = min(em, max(CREDIT_EM if em <= CREDIT_EM else STILL_EM, widest / advance))
        self.add(Label(elide(line, widest / fitting, "regular"), at, fitting, colour, anchor))

    def _cells(self, dots: HeadDots, values: dict[str, np.ndarray]) -> list[dict[str, Any]]:
        """Each head's numbers, unrounded, and its cell in pixels from the top left."""
        found = []
        layers, heads = dots.values.shape
        for layer in range(layers):
            for head in range(heads):
                x0, y0, x1, y1 = dots.cell_box(layer, head)
                corners = np.array([[x0, y1, 0.0], [x1, y0, 0.0]])
                box = self.camera.view.pixels(corners).ravel().round(3).tolist()
                numbers = {name: float(array[layer, head]) for name, array in values.items()}
                found.append({"layer": layer, "head": head, **numbers, "box": box})
        return found


def _step(least: float, count: int) -> int:
    """The step between an axis' numbers that leaves each at least so many cells."""
    return next((step for step in STEPS if step >= least), count)
