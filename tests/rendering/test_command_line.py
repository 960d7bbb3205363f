"""The command line as its users meet it: errors, statuses, what goes to which stream."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from attention_core import Trace
from rendering.cli import COMMANDS

Render = Callable[..., tuple[int, str, str]]
FORMATS = ["mp4", "webm", "mov", "gif", "webp", "poster", "png", "svg", "pdf"]
Process = Callable[..., "subprocess.Popen[bytes]"]

BAD_INPUT = {
    "an unknown command": (["clp"], "known: clip"),
    "an unknown chapter": (["clip", "sofmax"], "known: softmax"),
    "an unknown format": (["clip", "softmax", "--format", "mp5"], "known: mp4"),
    "a format of the other kind": (["clip", "softmax", "--format", "png"], "the command still"),
    "an unknown quality": (["clip", "softmax", "--quality", "1080p"], "known: 1080p60"),
    "an unknown figure": (["still", "softmax", "--figure", "3-7"], "known: 3-"),
    "an unknown theme": (["still", "mask", "--theme", "drak"], "known: dark"),
    "an unknown model": (["trace", "--model", "smolm"], "known: smollm2"),
    "an unknown model to fetch": (["models", "fetch", "smolm"], "known: smollm2"),
    "an unknown option": (["clip", "softmax", "--qualty", "draft"], "--quality"),
    "a sentence like an option": (["trace", "-x is it"], "put -- before"),
    "no chapter": (["clip"], "--help"),
    "an empty sentence": (["clip", "softmax", ""], "give at least one word"),
    "a blank sentence": (["trace", " \u3000 "], "give at least one word"),
    "a control character": (["trace", "a \x1b[31mred one"], "U+001B"),
    "a sentence that is no text": (["trace", "caf\udcff"], "UTF-8"),
    "a model that is not here": (["trace", "the old bank"], "render.py models fetch smollm2"),
    "a transparent mp4": (["clip", "softmax", "--transparent"], "webm, mov, webp"),
    "an odd size": (["clip", "softmax", "--size", "321x181"], "try --size 322x182"),
    "a tiny size": (["still", "softmax", "--size", "3x2"], "64 to 7680"),
    "no size": (["still", "softmax", "--size", "wide"], "1080x1080"),
    "a word that is not there": (
        ["clip", "softmax", "--query", "whale"],
        "its words are a, fluffy",
    ),
    "a name of no format": (["still", "softmax", "--out", "a.jpg"], "png"),
    "a name against the format": (["still", "mask", "--out", "a.svg", "--format", "png"], "folder"),
    "one file for two": (["clip", "mask", "--out", "a.gif", "--format", "mp4"], "give a folder"),
    "a trace that is not there": (["clip", "softmax", "--trace", "no.npz"], "no trace file"),
    "a trace and a sentence": (["clip", "softmax", "hi", "--trace", "t.npz"], "leave SENTENCE out"),
    "a place below a file": (["trace", "--json", "file/x.json"], "choose another place"),
    "a clip below a file": (["clip", "softmax", "--out", "file/x.mp4"], "choose another place"),
    "steering in a name": (["clip", "soft\x1b]0;x\x07max"], r"\x1b]0;x\x07"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_line_and_status_2(render: Render, tmp_path: Path, case: str) -> None:
    arguments, told = BAD_INPUT[case]
    (tmp_path / "file").write_text("kept")
    status, out, err = render(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert "; " in err
    assert told in err
    assert not any(ord(character) < 32 for character in err.rstrip("\n"))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "kept"


def test_a_failure_of_ours_is_one_line_and_a_log(
    render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object, **named: object) -> None:
        raise ZeroDivisionError("what a\npity")

    monkeypatch.setattr("attention_core.trace", broken)
    status, out, err = render("trace")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "ZeroDivisionError: what a pity" in err
    log = Path(err.rsplit(" ", 1)[1].strip())
    assert "Traceback" in log.read_text()


def test_each_command_tells_an_example(render: Render) -> None:
    render("list")  # its module is an attribute of the package from then on
    status, out, _ = render("--help")
    assert status == 0
    assert all(command in out for command in COMMANDS)
    for command in COMMANDS:
        status, out, _ = render(command, "--help")
        assert status == 0
        assert f"render.py {command}" in out.split("Example", 1)[1]


def test_trace_prints_a_table_that_80_columns_hold(render: Render) -> None:
    status, out, err = render("trace")
    assert (status, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert "layer 19" in out
    assert "head 8" in out
    forest = next(line for line in out.splitlines() if line.startswith("10 forest"))
    assert sum(map(float, forest.split()[2:])) == pytest.approx(1, abs=1e-9)


def test_trace_writes_json_as_laid_down(render: Render, default_trace: Trace) -> None:
    status, out, _ = render("trace", "--json", "-")
    assert status == 0
    content = json.loads(out)
    assert content["schema"] == 1
    assert set(content["model"]) == {"name", "family", "sha256", "quantisation"}
    place = {key: content[key] for key in ("layer", "head", "kv_head", "heads", "layers")}
    assert place == {"layer": 19, "head": 8, "kv_head": 2, "heads": 9, "layers": 30}
    assert (content["d_model"], content["d_k"], content["causal"]) == (576, 64, True)
    assert set(content["tokens"][0]) == {"id", "text", "display", "start", "end", "special"}
    assert content["masked"][0][1] is None
    for name in ("q", "k", "v", "scores", "scaled", "weights"):
        assert np.array_equal(np.float32(content[name]), getattr(default_trace, name))


def test_trace_writes_npz_that_loads_again(
    render: Render, tmp_path: Path, default_trace: Trace
) -> None:
    status, out, _ = render("trace", "--npz", "new/t.npz", "--json", "new/t.json")
    assert (status, out) == (0, "new/t.json\nnew/t.npz\n")
    for name in ("t.npz", "t.json"):
        loaded = Trace.load(tmp_path / "new" / name)
        assert np.array_equal(loaded.weights, default_trace.weights)


def test_list_is_data_for_programs(render: Render) -> None:
    content = json.loads(render("list", "--json")[1])
    assert [one["name"] for one in content["formats"]] == FORMATS
    assert {one["name"] for one in content["chapters"]} == {
        "tokens",
        "embedding-space",
        "context",
        "query-key",
        "dot-products",
        "scale",
        "mask",
        "softmax",
        "values",
        "multi-head",
        "self-vs-cross",
        "context-size",
        "next-token",
    }
    assert content["models"][0]["here"] is False


def test_trace_never_imports_manim() -> None:
    program = """
import sys
sys.argv = ["render.py", "trace"]
from rendering import cli
assert cli.run() == 0
print([name for name in ("manim", "cairo", "av", "PIL", "rich", "scipy") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_help_imports_nothing_heavy() -> None:
    program = """
import sys
sys.argv = ["render.py", "--help"]
from rendering import cli
cli.run()
print([name for name in ("numpy", "attention_core", "manim", "rich") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_a_reader_that_leaves_is_no_news(process: Process) -> None:
    running = process("trace")
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    assert running.stderr.read() == b""
    running.wait()


def test_the_sentence_can_come_from_stdin(
    render: Render, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = tmp_path / "sentence"
    given.write_text("a fluffy blue creature roamed the verdant forest\n")
    with given.open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        status, out, _ = render("trace", "-")
    assert status == 0
    assert "verdant" in out


def test_doctor_finds_this_machine_able(render: Render) -> None:
    status, out, _ = render("doctor")
    assert status == 0, out
    assert "LACK" not in out
    assert "encoder libx264" in out
    assert "render.py models fetch smollm2" in out  # there is none in the test's own folder
