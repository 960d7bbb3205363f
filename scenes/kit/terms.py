"""What a family makes of its scores before softmax reads them, in formulas and in words."""

from __future__ import annotations

from collections.abc import Callable

from attention_core.rounding import format_divisor
from attention_core.trace import Trace
from scenes.kit.words import formula

DOT = "q dot k"


def divisor(trace: Trace) -> str:
    """What the scores are divided by, in Typst: sqrt(d_k), or the family's own number."""
    return "sqrt(d_k)" if trace.divides_by_root else format_divisor(trace.divides_by)


def division(trace: Trace) -> tuple[str, str]:
    """What scores are divided by as a number, and where it comes from: "div 8", "sqrt(d_k) = 8".

    Both in Typst; the second is empty where a family divides by a number of its own.
    """
    number = format_divisor(trace.divides_by)
    if not trace.divides_by_root:
        return f"div {number}", ""
    equals = "=" if float(number) == trace.divides_by else "approx"
    return f"div {number}", f"{divisor(trace)} {equals} {number}"


def scaled(trace: Trace) -> str:
    """The divided score, in Typst; the plain dot product where a family divides by nothing."""
    if trace.divides_by == 1:
        return DOT
    return f"({DOT}) slash {divisor(trace)}"


def read(trace: Trace, score: str) -> str:
    """What softmax reads where the mask lets it, in Typst: the score, capped and with its bias."""
    if trace.soft_cap is not None:
        score = f'op("cap")({score})'
    return score if trace.position_bias is None else f"{score} + b"


def steps(trace: Trace, say: Callable[..., str], *, masked: bool) -> str:
    """What was done to the scores, as words before a noun: "scaled, soft-capped and masked"."""
    done = {
        "scaled_by": trace.divides_by != 1,
        "capped": trace.soft_cap is not None,
        "biased": trace.position_bias is not None,
        "masked_by": masked,
    }
    words = [say(name).split("|") for name, there in done.items() if there] or [[say("raw_by")]]
    *before, last = words  # in Korean a verb ends otherwise where another one follows
    joined = say("comma").join(word[0] for word in before)
    return say("and").join([joined, last[-1]]) if before else last[-1]


def before_mask(trace: Trace, say: Callable[..., str]) -> str:
    """What the mask is laid on, in words and as a formula: a line with formulas."""
    steps_read, named = read(trace, scaled(trace)), notes(trace, say)
    line = say("scaled", steps=steps(trace, say, masked=False), formula=steps_read)
    return f"{line} {say('where')} {named}" if named else line


def notes(trace: Trace, say: Callable[..., str]) -> str:
    """What `read` calls cap and b, as one line with formulas; empty where there is neither."""
    found = []
    if trace.soft_cap is not None:
        cap = format_divisor(trace.soft_cap)
        found.append(formula(f'op("cap")(x) = {cap} tanh(x slash {cap})'))
    if trace.position_bias is not None:
        found.append(say("bias"))
    return say("and_terms").join(found)
