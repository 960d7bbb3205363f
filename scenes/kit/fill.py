"""What fills a board: layers of dots, signs and numbers made from a trace's matrices."""

from __future__ import annotations

import numpy as np

from attention_core.rounding import format_score, format_weight, shares
from scenes.kit import start_cells, typeset
from scenes.kit.board import Board
from scenes.kit.cells import Cells, Dots, Minuses, Numbers, Rings, Tints
from scenes.kit.outline import Ink
from scenes.kit.theme import RGB, Theme

STRONG = 0.15  # a weight from here on is set in bold
RECEDING = 0.86  # how much smaller a number is set that says "nothing here": 0.00, or masked
INFINITY = 1.8  # how wide −∞ is, in ems
LEAST = 0.005  # a weight below it reads 0.00, and its dot would be a speck of dust


def share_tone(theme: Theme, share: float, *, masked: bool = False, start: bool = False) -> float:
    """How strong a displayed share stands among others."""
    if masked:
        return theme.masked_tone
    return 1.0 if start or share >= STRONG else theme.zero_tone if share == 0 else 0.75


def score_tone(theme: Theme, score: float, *, start: bool = False, plain: bool = False) -> float:
    """How strong a score stands: a negative one recedes; `plain`, in the text's own colour."""
    if np.isneginf(score):
        return theme.masked_tone
    return 1.0 if start or score > 0 else 0.7 if plain else theme.negative_tone


def at_cells(board: Board, matrix: np.ndarray) -> np.ndarray:
    """The matrix (queries, keys) in the order of the board's cells."""
    return np.asarray(matrix)[board.query_of, board.key_of]


def hidden_cells(board: Board, masked: np.ndarray) -> np.ndarray:
    """Which cells the mask hides: -inf in the masked scores."""
    return np.isneginf(at_cells(board, masked))


def score_dots(
    board: Board, scores: np.ndarray, visible: np.ndarray, theme: Theme, *, numbered: bool = True
) -> Dots:
    """A dot where the score is positive, area by score / `largest_score`.

    In the start token's cells the dot makes room for its number (`start_scores`), if `numbered`.
    """
    values = at_cells(board, scores)
    share = np.clip(np.where(values > 0, values / largest_score(values, visible), 0.0), 0.0, 1.0)
    dots = Dots(board, share, theme)
    texts = start_cells.score_texts(board, values)
    return start_cells.make_room(dots, texts) if numbered else dots


def largest_score(values: np.ndarray, visible: np.ndarray) -> float:
    """The largest visible positive score: what a full dot stands for.

    Future cells never set the scale: what is not looked at may not make the rest look small.
    """
    setting = (values > 0) & visible
    return float(values[setting].max() if setting.any() else max(float(values.max()), 1e-9))


def score_minuses(
    board: Board, scores: np.ndarray, theme: Theme, *, numbered: bool = True, plain: bool = False
) -> Minuses:
    """A short minus where the score is not positive; none where the start token's has a number.

    `plain` keeps red for the mask.
    """
    values = at_cells(board, scores)
    read = numbered and start_cells.is_numbered(board, start_cells.score_texts(board, values))
    return Minuses(board, (values <= 0) & ~(board.is_start & read), theme, plain=plain)


def weight_dots(board: Board, weights: np.ndarray, theme: Theme, *, numbered: bool = True) -> Dots:
    """A dot a cell, area by weight out of 1, so that two pictures compare.

    In the start token's cells the dot makes room for its number (`start_shares`), if `numbered`.
    """
    values = at_cells(board, weights)
    dots = Dots(board, np.where(values < LEAST, 0.0, values), theme)
    return start_cells.make_room(dots, _share_texts(board, weights)) if numbered else dots


def start_shares(board: Board, weights: np.ndarray, theme: Theme) -> list[Cells]:
    """The start token's shares as numbers where they can be read, and its dots make room."""
    return start_cells.numbers(board, _share_texts(board, weights), theme)


def start_scores(board: Board, scores: np.ndarray, theme: Theme) -> list[Cells]:
    """The start token's scores as numbers where they can be read, and its dots make room."""
    texts = start_cells.score_texts(board, at_cells(board, scores))
    return start_cells.numbers(board, texts, theme)


def _share_texts(board: Board, weights: np.ndarray) -> start_cells.Texts:
    return start_cells.share_texts(board, at_cells(board, shares(weights)))


def weight_rings(board: Board, visible: np.ndarray, theme: Theme) -> Rings:
    """The unit rings around the dots of what may be looked at; a number needs none."""
    none = np.zeros(board.count)
    numbered = start_cells.is_numbered(board, start_cells.share_texts(board, none))
    return Rings(board, visible & ~(board.is_start & numbered), theme)


def masked_tints(board: Board, hidden: np.ndarray, theme: Theme) -> Tints:
    """A flat tint over masked cells."""
    return Tints(board, hidden, theme)


def score_numbers(
    board: Board,
    scores: np.ndarray,
    theme: Theme,
    *,
    masked: np.ndarray | None = None,
    largest: float = 0.30,
    em: float | None = None,
    plain: bool = False,
) -> Numbers:
    """Scores with their sign: positive bold, negative faint; masked cells show −∞ in red.

    Where one decimal does not fit at the smallest size, whole numbers are shown. `plain` keeps
    red for the mask: negative scores have the text's colour.
    """
    values = at_cells(board, scores)
    hide = np.zeros(len(values), bool) if masked is None else np.asarray(masked, bool)
    finite = values[~hide & np.isfinite(values)]
    decimals = 1
    for decimals in (1, 0):
        widest = max(
            (typeset.number(format_score(float(v), decimals), bool(v > 0)).advance for v in finite),
            default=1.0,
        )
        size = em or board.number_em(max(widest, INFINITY if hide.any() else 0.0), largest)
        # Numbers that fill their cells run into one another: the decimal goes first.
        if size >= board.min_em and widest * size <= 0.9 * board.cell[0]:
            break
    inks: list[Ink | None] = []
    colours: list[RGB] = []
    tones: list[float] = []
    for value, masked_here, start in zip(values.tolist(), hide, board.is_start, strict=True):
        positive = value > 0 and not start and not masked_here
        text = format_score(-np.inf if masked_here else value, decimals)
        inks.append(Ink.plain(typeset.number(text, positive)))
        own = theme.text if positive or plain else theme.negative
        colours.append(theme.masked if masked_here else theme.start if start else own)
        shown = -np.inf if masked_here else value
        tones.append(score_tone(theme, shown, start=bool(start), plain=plain))
    return _receding(Numbers(board, inks, size, colours, np.array(tones)), hide)


def _receding(numbers: Numbers, cells: np.ndarray) -> Numbers:
    """Set the numbers of some cells smaller, if they can still be read."""
    smaller = min(1.0, max(RECEDING, numbers.board.min_em / numbers.em))
    numbers.arrays["size"] = np.where(cells, smaller, 1.0)
    return numbers


def weight_numbers(
    board: Board,
    weights: np.ndarray,
    theme: Theme,
    *,
    masked: np.ndarray | None = None,
    show_masked: bool = False,
    largest: float = 0.31,
) -> Numbers:
    """Weights rounded so that each query's sum to 1.00; masked cells empty, or 0.00 in red."""
    rounded = at_cells(board, shares(weights))
    hide = np.zeros(len(rounded), bool) if masked is None else np.asarray(masked, bool)
    em = board.number_em(typeset.number("0.00", True).advance, largest)
    inks: list[Ink | None] = []
    colours: list[RGB] = []
    tones: list[float] = []
    for value, masked_here, start in zip(rounded.tolist(), hide, board.is_start, strict=True):
        if masked_here and not show_masked:
            inks.append(None)
            colours.append(theme.text)
            tones.append(0.0)
            continue
        strong = value >= STRONG and not start
        inks.append(Ink.plain(typeset.number(format_weight(value), strong)))
        colours.append(theme.masked if masked_here else theme.start if start else theme.text)
        tones.append(share_tone(theme, value, masked=bool(masked_here), start=bool(start)))
    nothing = hide | ((rounded == 0) & ~board.is_start)
    return _receding(Numbers(board, inks, em, colours, np.array(tones)), nothing)


def masked_shares(
    board: Board, weights: np.ndarray, theme: Theme, hidden: np.ndarray
) -> list[Cells]:
    """What the mask leaves of the shares that it hides: 0.00, in red.

    Nothing where they could not be read, or are hundreds that would outshine the others.
    """
    numbers = weight_numbers(board, weights, theme, masked=hidden, show_masked=True)
    numbers.inks = [ink if here else None for ink, here in zip(numbers.inks, hidden, strict=True)]
    return [numbers] if board.tells(numbers.em) else []


def readable_scores(
    board: Board, scores: np.ndarray, theme: Theme, masked: np.ndarray, *, plain: bool = False
) -> list[Cells]:
    """Scores as numbers; as dots and signs where a column is too narrow for numbers."""
    largest = max(0.30, board.rows.em)  # as large as the words of a short sentence
    numbers = score_numbers(board, scores, theme, masked=masked, largest=largest, plain=plain)
    if numbers.em >= board.min_em:
        if INFINITY * numbers.em > 0.8 * board.cell[0]:  # hundreds would stand side by side:
            numbers.arrays["tone"][masked] = 0.0  # the tint says it
        return [numbers]
    return score_marks(board, scores, theme, masked)


def score_marks(
    board: Board, scores: np.ndarray, theme: Theme, masked: np.ndarray, *, numbered: bool = True
) -> list[Cells]:
    """Scores as dots where they are positive, as short signs elsewhere; masked cells are empty.

    The start token's have their numbers, if `numbered` and where these can be read. Signs are
    grey: what is masked is red.
    """
    minuses = score_minuses(board, scores, theme, numbered=numbered, plain=True)
    dots = score_dots(board, scores, ~masked, theme, numbered=numbered)
    starts = start_scores(board, scores, theme) if numbered else []
    layers: list[Cells] = [minuses, dots, *starts]
    for layer in layers:
        layer.arrays["shown"] = np.where(masked, 0.0, layer.arrays["shown"])
    return layers


def levels(layer: Cells, lit: np.ndarray, faint: float) -> np.ndarray:
    """Each cell's `level` while only some are `lit`: the others share one faint opacity.

    Dimming by a factor would take what is quiet already below what can be seen.
    """
    own = layer.arrays["tone" if isinstance(layer, Numbers) else "shown"]
    wanted = np.where(lit, np.maximum(own, 0.9), faint)
    return np.where(own > 0, wanted / np.maximum(own, 1e-6), 1.0)


def readable_weights(
    board: Board, weights: np.ndarray, theme: Theme, masked: np.ndarray
) -> list[Cells]:
    """Weights as numbers; as dots in unit rings where a column is too narrow for numbers."""
    largest = max(0.31, board.rows.em)
    numbers = weight_numbers(board, weights, theme, masked=masked, largest=largest)
    if numbers.em >= board.min_em:
        return [numbers]
    dots = [weight_rings(board, ~masked, theme), weight_dots(board, weights, theme)]
    return [*dots, *start_shares(board, weights, theme)]
