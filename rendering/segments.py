"""Encoded segments that are kept from run to run: their keys, and their form as bytes."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from rendering.cache import Cache
from rendering.encode import Packet
from rendering.job import RenderJob, captions_fingerprint, code_fingerprint, surroundings
from rendering.reel import Reel


def keys(reel: Reel, job: RenderJob) -> Iterator[str]:
    """For each segment the digest of all that can change what this job has of it.

    Of a story's chapters that is its own, and the one before, which leaves its words to it
    (tests/rendering/test_pool.py): a changed chapter leaves those of the others as they are. Where
    a segment lies in the film does not count.
    """
    film = [
        reel.material.fingerprint(),
        asdict(job.look),
        [job.format, job.size, job.fps, reel.rate, reel.is_story],
        surroundings(),
    ]
    for number, (plays, frames) in enumerate(reel.segments):
        at = reel.chapter_of(number)
        chapters = reel.chapters[max(0, at - 1) : at + 1]
        ends_film = at == len(reel.chapters) - 1
        words = captions_fingerprint(chapters, job.look.lang)
        place = [plays.start - reel.begins[at], len(plays), len(frames), ends_film]
        content = [film, chapters, place, words, code_fingerprint(chapters)]
        yield hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class Kept:
    """What a cache has of a film's segments; without one it is always empty."""

    def __init__(self, cache: Cache | None, reel: Reel, jobs: Sequence[RenderJob]) -> None:
        self._cache = cache
        self._firsts = [segment.frames.start for segment in reel.segments]
        by_job = [[*keys(reel, job)] for job in jobs] if cache is not None else []
        self._keys = [*zip(*by_job, strict=True)]  # by segment

    def __bool__(self) -> bool:
        return bool(self._keys)

    def found(self) -> dict[int, list[Any]]:
        """The segments of which all is there, by number: what each job has of it."""
        found = {}
        for number, names in enumerate(self._keys):
            assert self._cache is not None
            contents = [self._cache.get(name) for name in names]
            whole = [content for content in contents if content is not None]
            if len(whole) == len(names):
                found[number] = [unpacked(one, self._firsts[number]) for one in whole]
        return found

    def keep(self, number: int, results: Sequence[Any]) -> None:
        """Keep what the jobs have of a segment."""
        if self._cache is not None:
            for name, result in zip(self._keys[number], results, strict=True):
                self._cache.put(name, packed(result, self._firsts[number]))


def packed(result: Any, first: int) -> bytes:
    """Packets, or a last frame (h, w, 4) uint8, as bytes; times count from frame `first` on."""
    if isinstance(result, np.ndarray):
        head, body = {"shape": result.shape}, [zlib.compress(result.tobytes(), 1)]
    else:
        table = [
            (len(data), pts - first, dts - first, key, len(alpha))
            for data, pts, dts, key, alpha in result
        ]
        head, body = {"packets": table}, [one.data + one.alpha for one in result]
    return b"".join([json.dumps(head).encode(), b"\n", *body])


def unpacked(content: bytes, first: int) -> Any:
    """What was packed, in a film where the segment begins at frame `first`."""
    line, _, body = content.partition(b"\n")
    head = json.loads(line)
    if "shape" in head:
        return np.frombuffer(zlib.decompress(body), np.uint8).reshape(head["shape"])
    packets, at = [], 0
    for size, pts, dts, key, alpha in head["packets"]:
        data, at = body[at : at + size], at + size
        packets.append(Packet(data, pts + first, dts + first, key, body[at : at + alpha]))
        at += alpha
    return packets
