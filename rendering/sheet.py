"""The contact sheet: a row for each chapter, its still and three moments of its clip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from attention_core import Material
from rendering.job import ROOT, RenderJob
from rendering.outputs import whole, write_sidecar
from rendering.produce import Progress
from rendering.report import SCHEMA, versions
from scenes.registry import CHAPTERS

FRAME = (960, 540)  # pictures are drawn in this size, and shown in half of it
SHOWN = (FRAME[0] // 2, FRAME[1] // 2)
MOMENTS = 3
GAP, LABEL = 12, 34
FONT = ROOT / "assets" / "fonts" / "cmunrm.ttf"
GROUND, INK = (32, 32, 32), (221, 221, 221)


def make_sheet(
    path: Path, job: RenderJob, material: Material, on_progress: Progress | None = None
) -> None:
    """Draw the chapters of the job, and put them into one PNG."""
    with whole(path) as unfinished:
        from rendering import stage  # it starts Manim, which takes a second

        rows = []
        for done, slug in enumerate(job.chapters):
            if on_progress:
                on_progress(done, len(job.chapters))
            size = CHAPTERS[slug].figures[0].size(material.trace.n, FRAME[0])
            pictures = [stage.still(slug, material, job.look, size)[0]]
            pictures += stage.moments(slug, material, job.look, FRAME)
            rows.append((slug, pictures))
        sheet = laid_out(rows)
        sheet.save(unfinished, format="PNG", compress_level=9)
    trace = material.trace
    content = {
        "schema": SCHEMA,
        "chapters": list(job.chapters),
        "job": job.digest(),
        "sentence": trace.sentence,
        "model": trace.header()["model"],
        "layer": trace.layer,
        "head": trace.head,
        "size": list(sheet.size),
        "versions": versions(),
    }
    write_sidecar(path, content)


def laid_out(rows: list[tuple[str, list[np.ndarray]]]) -> Image.Image:
    """The pictures in a table, each row under the name of its chapter."""
    width = GAP + (1 + MOMENTS) * (SHOWN[0] + GAP)
    row_height = LABEL + SHOWN[1] + GAP
    sheet = Image.new("RGB", (width, GAP + len(rows) * row_height), GROUND)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(str(FONT), 22)
    for row, (slug, pictures) in enumerate(rows):
        top = GAP + row * row_height
        pen.text((GAP, top), f"{slug}: {CHAPTERS[slug].title}", INK, font)
        for column, pixels in enumerate(pictures):
            image = Image.fromarray(pixels).convert("RGB")
            image = ImageOps.contain(image, SHOWN, Image.Resampling.LANCZOS)
            left = GAP + column * (SHOWN[0] + GAP) + (SHOWN[0] - image.width) // 2
            sheet.paste(image, (left, top + LABEL))
    return sheet
