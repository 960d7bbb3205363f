"""Captions as files: SubRip for players, WebVTT for pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Cue = tuple[float, float, str]  # begin and end in seconds, and the text


def subtitles(cues: Sequence[Cue], kind: Literal["srt", "vtt"]) -> str:
    """The content of a subtitle file."""
    comma = "," if kind == "srt" else "."
    blocks = ["WEBVTT\n"] if kind == "vtt" else []
    for number, (begin, end, text) in enumerate(cues, 1):
        times = f"{_clock(begin, comma)} --> {_clock(end, comma)}"
        head = f"{number}\n{times}" if kind == "srt" else times
        line = " ".join(text.split())
        blocks.append(f"{head}\n{_escaped(line) if kind == 'vtt' else line}\n")
    return "\n".join(blocks)


def _escaped(text: str) -> str:
    """WebVTT reads tags and entities (w3.org/TR/webvtt1, 4.2.2); what is escaped stays text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(seconds: float, comma: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{comma}{rest % 1000:03}"
