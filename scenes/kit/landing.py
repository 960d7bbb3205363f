"""Names in the view of the turn: the query's, and those that go along with its keys."""

from __future__ import annotations

import numpy as np

from scenes.kit.mapping import BETWEEN_NAMES, DOT, MANY, Carry
from scenes.kit.naming import CLEARLY, name_strip, shapes_of
from scenes.kit.outline import Ink
from scenes.kit.strip import Strip
from scenes.kit.symbols import vector_symbol
from scenes.kit.unnamed import name_boxes
from scenes.kit.vectors import Marks, Points, Segments, Vectors


def query_name(carry: Carry) -> Strip:
    """The query's symbol at its tip, once it is turned; the way that it turned stays free."""
    turning, theme = carry.turning, carry.theme
    arrow = Vectors(turning.query_turned, [theme.query], thick=0.06)
    dots = Points(turning.keys_turned, DOT, [theme.key] * len(carry.keys))
    return name_strip(
        [Ink.plain(vector_symbol("Q"))],
        turning.query_turned[:, 1],
        carry.em,
        turning.view.panel.region,
        shapes_of(arrow, dots, *turning.query_turn.seen, *turning.key_turns.seen),
        order=[0],
        reach=DOT,
        away=turning.view.query[None],
        farther=1,
        colours=[theme.query],
        tones=np.ones(1),
    )


def landing_names(carry: Carry) -> tuple[Strip, np.ndarray]:
    """The names where the keys land, and where they stand once turned: (keys, 2).

    Seen are those that have room, clearly at their own dots, at both ends of the way; of many keys
    only the strong ones and the start token.
    """
    turning, theme = carry.turning, carry.theme
    arrow = Vectors(turning.query_turned, [theme.query], thick=0.06)
    line = Segments(turning.line[None], [theme.query])
    mine = name_boxes(query_name(carry))
    order = carry.key_order[: carry.first_keys if len(carry.keys) > MANY else None]

    def named(dots: np.ndarray, *ways: Marks) -> Strip:
        colours = [theme.key] * len(dots)
        return name_strip(
            carry.key_words,
            dots,
            carry.em,
            turning.view.panel.region,
            [*mine, *shapes_of(Points(dots, DOT, colours), arrow, line, *ways)],
            order=order,
            reach=DOT,
            between=BETWEEN_NAMES,
            near=1,  # in flight a name that stands off would be no dot's, if it is not awaited
            farther=carry.first_keys,
            clearly=CLEARLY,
            colours=[theme.text] * len(dots),
            tones=np.ones(len(dots)),
        )

    landed = named(turning.keys_landed, *turning.query_turn.seen)
    turned = named(turning.keys_turned, *turning.key_turns.seen)
    landed.set(shown=np.minimum(landed.arrays["shown"], turned.arrays["shown"]))
    return landed, turned.arrays["spot"]
