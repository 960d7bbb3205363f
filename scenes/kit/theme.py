"""The palette: what each colour means, in the dark and in the light theme."""

from __future__ import annotations

from dataclasses import dataclass

RGB = tuple[float, float, float]


def rgb(code: str) -> RGB:
    """Turn "#RRGGBB" into three floats in 0..1."""
    return (int(code[1:3], 16) / 255, int(code[3:5], 16) / 255, int(code[5:7], 16) / 255)


def blend(a: RGB, b: RGB, share: float) -> RGB:
    """Mix two colours: `share` 0 gives `a`, 1 gives `b`."""
    return tuple(x + (y - x) * share for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


def contrast(a: RGB, b: RGB) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2: relative luminances of sRGB)."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: RGB) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


READABLE = 4.5  # the least contrast of type that must be read (WCAG 2.2, level AA)


@dataclass(frozen=True)
class Theme:
    """Colours by meaning; every text colour keeps a contrast of 4.5:1 or more when it is full."""

    background: RGB
    text: RGB
    quiet: RGB
    line: RGB
    query: RGB
    key: RGB
    value: RGB
    output: RGB
    negative: RGB
    masked: RGB
    start: RGB
    focus: RGB
    dot_low: RGB
    dot_high: RGB
    box: RGB
    source_first: RGB
    source_last: RGB
    target: RGB
    # Red on white needs a heavier tint than red on black to be seen as an area.
    tint_opacity: float = 0.14
    # How strong negative scores, 0.00, masked numbers and masked words are: as faint as can be with
    # a contrast of 4.5:1, masked numbers on their tint.
    negative_tone: float = 0.72
    zero_tone: float = 0.47
    masked_tone: float = 0.84
    aside_tone: float = 0.47
    # How strong numbers and words are that are not in focus.
    dim_tone: float = 0.45

    def dot(self, share: float) -> RGB:
        """The colour of a dot that shows `share` (0..1) of the largest value."""
        return blend(self.dot_low, self.dot_high, max(0.0, min(1.0, share)) ** 0.5)

    def minus(self, plain: bool) -> RGB:
        """The colour of a sign for a negative score; `plain` keeps red for the mask."""
        return self.start if plain else self.negative

    def quietest(self, colour: RGB) -> float:
        """The least opacity, in hundredths, at which type of this colour can still be read."""
        ground = self.background
        tones = (step / 100 for step in range(100))
        found = (t for t in tones if contrast(blend(ground, colour, t), ground) >= READABLE)
        return next(found, 1.0)

    def source(self, position: float) -> RGB:
        """The accent of a source word, from blue (0) to green (1)."""
        return blend(self.source_first, self.source_last, position)


DARK = Theme(
    background=rgb("#000000"),
    text=rgb("#FFFFFF"),
    quiet=rgb("#888888"),
    line=rgb("#5A5A5A"),
    query=rgb("#FFFF00"),
    key=rgb("#5CD0B3"),
    value=rgb("#FC6255"),
    output=rgb("#D147BD"),
    negative=rgb("#FF8080"),
    masked=rgb("#FC6255"),
    start=rgb("#BBBBBB"),
    focus=rgb("#FFFF00"),
    dot_low=rgb("#58B4CC"),
    dot_high=rgb("#B4E8F2"),
    box=rgb("#888888"),
    source_first=rgb("#3FA9F5"),
    source_last=rgb("#7CC95E"),
    target=rgb("#A38F78"),
)

LIGHT = Theme(
    background=rgb("#FFFFFF"),
    text=rgb("#111111"),
    quiet=rgb("#6B6B6B"),
    line=rgb("#B4B4B4"),
    query=rgb("#A85A00"),
    key=rgb("#00755C"),
    value=rgb("#C0281C"),
    output=rgb("#A0208C"),
    negative=rgb("#C2410C"),
    masked=rgb("#C0281C"),
    start=rgb("#595959"),
    focus=rgb("#C96A00"),
    dot_low=rgb("#2E86A0"),
    dot_high=rgb("#0F5C78"),
    box=rgb("#8A8A8A"),
    source_first=rgb("#0B66B8"),
    source_last=rgb("#2F7D1E"),
    target=rgb("#7A5C3A"),
    tint_opacity=0.09,
    negative_tone=1.0,
    zero_tone=0.58,
    masked_tone=0.93,
    aside_tone=0.64,
    dim_tone=0.5,
)

THEMES: dict[str, Theme] = {"dark": DARK, "light": LIGHT}
