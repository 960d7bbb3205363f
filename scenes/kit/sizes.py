"""The smallest type that can be read: in a clip, in a still on a page, in quiet lines."""

from __future__ import annotations

from manim import config

# In frame units, 8 across the shorter side: stills 1/30, clips 1/40, credit 1/36.
STILL_EM, CLIP_EM, CREDIT_EM = 8 / 30, 8 / 40, 8 / 36
AS_WIDE = 8 * 16 / 9  # the frame for which a still's type is given


def smallest(still: bool, quiet: bool = False) -> float:
    """The least em of type in the frame of now, in frame units.

    A page shows a still as wide as its text, so that of a frame that is less wide more is left:
    its type may be smaller in proportion, but not smaller than a clip's.
    """
    if not still:
        return CLIP_EM
    least = CREDIT_EM if quiet else STILL_EM
    return max(CLIP_EM, least * min(1.0, config.frame_width / AS_WIDE))
