"""The command `heads`, its map, and `--head auto`: numbers in tables, JSON and pixels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from attention_core.finder import Search, find, survey
from rendering import stage
from rendering.head_plot import draw
from rendering.head_tables import roles_json, roles_table, search_json, search_table
from scenes.head_map import HeadMap
from scenes.kit.audit import audit
from scenes.kit.theme import THEMES
from scenes.look import Look
from tests.attention_core import tiny_model
from tests.attention_core.made_heads import MadeHeads, before, copies, from_to

Render = Callable[..., tuple[int, str, str]]
SENTENCE = "a fluffy blue creature roamed"


@pytest.fixture(scope="module")
def search() -> Search:
    """Four heads: the word before, two relations, nothing."""
    relations = (from_to("creature", ["blue"], share) for share in (0.25, 0.64))
    network = MadeHeads(before(0.81), *relations, lambda *_: {})
    return find(network, SENTENCE, "creature", ["blue"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["the old bank", "--query", "bank"], "give --keys"),
        (["the old bank", "--keys", "old"], "give --query"),
        (["the old bank"], "leave the sentence out"),
        (["the old bank", "--query", "bank", "--keys", "old", "--plot", "a.jpg"], "end it in png"),
        (["--plot", "map"], "end it in .png"),
        (["--model", "en-ko"], "choose another model"),
        (["the old bank", "--query", "bank", "--keys", "old"], "models fetch smollm2"),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    render: Render, tmp_path: Path, arguments: list[str], told: str
) -> None:
    status, out, err = render("heads", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert told in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--query", "creature"], "give --query WORD and --keys WORD"),
        (["--query", "creature", "--keys", "blue", "--layer", "3"], "leave --layer out"),
        (["--head", "x"], "'x' is not a valid integer"),
    ],
)
def test_an_automatic_head_needs_its_words(render: Render, arguments: list[str], told: str) -> None:
    status, _, err = render("still", "mask", "--head", "auto", *arguments)
    assert (status, err.count("\n")) == (2, 1)
    assert told in err


def test_an_automatic_head_is_the_finder_s_best_and_is_named(
    render: Render, tmp_path: Path
) -> None:
    model = str(tiny_model.write(tmp_path / "tiny.gguf"))
    words = ("a cat", "--model", model, "--query", "cat", "--keys", "a")
    status, out, _ = render("heads", *words, "--json", "-")
    assert status == 0
    best = json.loads(out)["best"]
    status, out, err = render(
        "still", "dot-products", *words, "--head", "auto", "--size", "320x180"
    )
    assert status == 0
    assert f"layer {best['layer']}, head {best['head']} is drawn" in err
    sidecar = json.loads(Path(out.strip() + ".json").read_text())
    assert {key: sidecar[key] for key in ("layer", "head")} == best


def test_the_table_and_the_json_say_the_same(search: Search) -> None:
    lines = search_table(search, 2).splitlines()
    assert lines[5].split() == ["0", "2", "0.64", "0.00", "+0.64", "0.64", "0.36"]
    assert lines[6].split() == ["0", "1", "0.25", "0.00", "+0.25", "0.25", "0.75"]
    assert lines[7].startswith("not listed: layer 0, head 0 gives 0.81, but looks at the previous")
    content = json.loads(json.dumps(search_json(search)))
    assert content["best"] == {"layer": 0, "head": 2}
    assert content["heads"][0]["mass"] == pytest.approx(0.64)
    assert [head["name"] for head in content["heads"]].count("previous") == 1


def test_roles_are_a_map_of_letters_with_the_strongest_heads() -> None:
    roles = survey(MadeHeads(before(0.9), copies(1, 0.7), lambda *_: {}))
    lines = roles_table(roles).splitlines()
    assert lines[2].split() == ["layer", "0", "1", "2"]
    assert lines[3].split() == ["0", "p", "i", "s"]
    assert "L0.H0 0.90" in roles_table(roles)
    assert [head["name"] for head in roles_json(roles)["heads"]] == [
        "previous",
        "induction",
        "start",
    ]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_dot_s_area_is_the_share_and_a_ring_s_the_control(
    search: Search, tmp_path: Path, theme: Any
) -> None:
    draw(tmp_path / "map.png", search, Look(theme))
    pixels = np.asarray(Image.open(tmp_path / "map.png").convert("RGB"), float)
    cells = json.loads((tmp_path / "map.png.json").read_text())["cells"]
    area = {}
    for cell in cells:
        x0, y0, x1, y1 = (round(side) for side in cell["box"])
        part = pixels[y0 + 9 : y1 - 9, x0 + 9 : x1 - 9]  # without the frame of the best
        colour = np.array(THEMES[theme].dot(cell["value"])) * 255
        area[cell["head"]] = (np.abs(part - colour).max(-1) < 3).sum() / (x1 - x0) ** 2
    assert area[2] / area[1] == pytest.approx(0.64 / 0.25, rel=0.05)
    assert area[2] == pytest.approx(np.pi * 0.46**2 * 0.64, rel=0.05)
    assert area[0] == area[3] == 0  # grey, and nothing


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize(("layers", "heads"), [(1, 4), (6, 12), (30, 9), (48, 25), (80, 64)])
def test_maps_of_all_sizes_are_laid_out_well(
    search: Search, layers: int, heads: int, lang: Any
) -> None:
    model = search.model._replace(layers=layers, heads=heads)
    grown = [
        search.heads[0]._replace(layer=layer, head=head)
        for layer in range(layers)
        for head in range(heads)
    ]
    size = (1920, 1080)
    scores = np.random.default_rng(0).random((4, layers, heads))
    roles = survey(MadeHeads(before(1.0)))._replace(
        model=model, **dict(zip(("previous", "start", "same", "induction"), scores, strict=True))
    )
    for found in (search._replace(model=model, heads=tuple(grown)), roles):
        scene = HeadMap(found, Look(lang=lang), renderer=stage.renderer_for(size, 30))
        scene.draw()
        assert audit(scene) == []


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_the_map_is_vectors_too(search: Search, tmp_path: Path, kind: str) -> None:
    draw(tmp_path / f"map.{kind}", search, Look())
    assert (tmp_path / f"map.{kind}").read_bytes()[:5] in (b"<?xml", b"%PDF-")
