"""An output or a sidecar that is cut short or flipped by one bit is noticed and made again."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from attention_core import checksums, registry
from rendering.job import fingerprint_of
from rendering.outputs import verified

Run = Callable[..., tuple[int, str, str]]
CLIP = ("clip", "scale", "--quality", "draft", "--size", "320x180", "--out", "out/film.mp4")
STILL = ("still", "scale", "--size", "640x360", "--out", "out/film.png")
OUTPUTS = {"clip": (CLIP, "mp4", "vtt"), "still": (STILL, "png")}
FLIPS, CUTS, AGAIN = 400, 100, 4
MANIFEST = """
[[figure]]
path = "a/mask.png"
chapter = "mask"
size = [320, 360]
clips = ["mp4"]
clip_size = [320, 180]
"""


def flipped(content: bytes, draw: random.Random) -> bytes:
    made = bytearray(content)
    made[draw.randrange(len(made))] ^= 1 << draw.randrange(8)
    return bytes(made)


def cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content))]


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.trials(FLIPS + CUTS)
@pytest.mark.parametrize("part", ["output", "sidecar"])
@pytest.mark.parametrize("kind", OUTPUTS)
def test_every_flipped_bit_and_every_cut_is_noticed(
    run: Run, tmp_path: Path, kind: str, part: str
) -> None:
    command, ending, *_ = OUTPUTS[kind]
    assert run(*command)[0] == 0
    output = tmp_path / "out" / f"film.{ending}"
    damaged = output if part == "output" else output.with_name(output.name + ".json")
    sound = damaged.read_bytes()
    assert verified(output) is not None
    draw = random.Random(7)
    for damage, trials in ((flipped, FLIPS), (cut, CUTS)):
        for trial in range(trials):
            damaged.write_bytes(damage(sound, draw))
            assert verified(output) is None, f"{damage.__name__}, trial {trial}"
    damaged.write_bytes(sound)
    assert verified(output) is not None


@pytest.mark.trials(FLIPS + CUTS)
@pytest.mark.parametrize("kind", ["of any model", "of a fetched one"])
def test_a_damaged_note_of_a_checksum_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A note saves summing up a large file: once it is damaged, the file is summed up again."""
    monkeypatch.setattr(checksums, "NOTED_FROM", 0)
    model = tmp_path / "model.gguf"
    model.write_bytes(b"weights")
    found = checksums.sha256_of(model)

    def is_known() -> bool:
        if kind == "of any model":
            return checksums.checksum([model], tmp_path / "notes") == found
        return registry.is_whole(model, found)

    assert is_known()
    registry.stamp(model, found)
    places = (tmp_path / "notes").iterdir() if kind == "of any model" else tmp_path.glob("*.json")
    (note,) = places
    sound = note.read_bytes()
    summed: list[Path] = []

    def sum_up(path: Path) -> str:
        summed.append(path)
        return found

    monkeypatch.setattr(checksums, "sha256_of", sum_up)
    monkeypatch.setattr(registry, "sha256_of", sum_up)
    assert is_known()
    assert not summed
    draw = random.Random(7)
    for damage, trials in ((flipped, FLIPS), (cut, CUTS)):
        for trial in range(trials):
            summed.clear()
            note.write_bytes(damage(sound, draw))
            assert is_known(), f"{damage.__name__}, trial {trial}"
            assert summed, f"{damage.__name__}, trial {trial}"


@pytest.mark.trials(AGAIN)
@pytest.mark.parametrize("kind", OUTPUTS)
def test_what_is_damaged_is_made_again_by_the_program(run: Run, tmp_path: Path, kind: str) -> None:
    command, *endings = OUTPUTS[kind]
    assert run(*command)[0] == 0
    sound = files(tmp_path / "out")
    draw = random.Random(7)
    names = [f"film.{endings[0]}", f"film.{endings[0]}.json", f"film.{endings[-1]}"]
    for trial in range(AGAIN):
        path = tmp_path / "out" / names[trial % len(names)]
        path.write_bytes((flipped if trial % 2 else cut)(sound[path.name], draw))
        assert run(*command)[0] == 0
        assert files(tmp_path / "out") == sound, path.name
    (tmp_path / "out" / names[1]).unlink()
    assert run(*command)[0] == 0
    assert files(tmp_path / "out") == sound


@pytest.mark.trials(4)
def test_a_damaged_figure_is_told_and_made_again(run: Run, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(MANIFEST)
    command = ("figures", "--manifest", "m.toml", "--out", "post", "--clips")
    assert run(*command)[0] == 0
    assert run(*command, "--check")[0] == 0
    sound = files(tmp_path / "post")
    draw = random.Random(7)
    for name in ("mask.png", "mask.png.json", "mask.mp4", "mask.vtt"):
        path = tmp_path / "post" / "a" / name
        path.write_bytes(flipped(sound[name], draw))
        status, _, err = run(*command, "--check")
        assert status == 1
        assert f"post/a/{name.removesuffix('.json').replace('vtt', 'mp4')}" in err
        assert run(*command)[0] == 0
        assert files(tmp_path / "post") == sound


@pytest.mark.trials(20)
def test_an_output_of_another_version_of_the_code_is_not_current(tmp_path: Path) -> None:
    """The digest of the code changes with any byte of it, with a new file and with a lost one."""
    root = Path(__file__).parents[2]
    shutil.copytree(root / "scenes", tmp_path / "scenes")
    before = fingerprint_of([tmp_path / "scenes"])
    assert before == fingerprint_of([root / "scenes"])
    draw = random.Random(7)
    modules = sorted((tmp_path / "scenes").rglob("*.py"))
    for path in draw.sample(modules, 18):
        sound = path.read_bytes()
        path.write_bytes(flipped(sound, draw) if sound else b"#")
        assert fingerprint_of([tmp_path / "scenes"]) != before, path
        path.write_bytes(sound)
    (tmp_path / "scenes" / "new.py").touch()
    assert fingerprint_of([tmp_path / "scenes"]) != before
    (tmp_path / "scenes" / "new.py").rename(tmp_path / "new.py")
    modules[0].unlink()
    assert fingerprint_of([tmp_path / "scenes"]) != before
