"""The examples of docs/own-attention.md run as they stand there, on tiny models of transformers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attention_core import Trace
from attention_core.opening import open_folder
from tests.oracle.families import CASES, save

pytestmark = pytest.mark.oracle
PAGE = Path(__file__).parents[2] / "docs" / "own-attention.md"


def example(about: str, names: dict[str, Any]) -> Trace:
    """Run the example under that heading; the file that it saves, loaded again."""
    part = PAGE.read_text().split(f"## {about}")[1]
    code = re.search(r"```python\n(.*?)```", part, re.DOTALL)
    assert code
    assert len(code[1].splitlines()) <= 12
    exec(compile(code[1], str(PAGE), "exec"), names)
    return Trace.load("bank.npz")


def test_the_patterns_of_transformers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save(CASES["bert"], tmp_path / "model")
    shown = example("Patterns alone: transformers", {"FOLDER": tmp_path / "model"})
    network = open_folder(tmp_path / "model")
    tokens = network.encode(shown.sentence)
    blocks = list(network.blocks(network.embed(tokens), network.load(2)))
    np.testing.assert_allclose(shown.weights, blocks[2].steps.weights[3], atol=1e-5)
    assert [word.text for word in shown.words] == shown.sentence.split()
    assert (shown.causal, shown.start, shown.tokens[-1].display) == (False, 0, "end")


def test_a_cache_of_transformer_lens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.chdir(tmp_path)
    save(CASES["gpt2"], tmp_path / "model")
    network = open_folder(tmp_path / "model")

    class Lens:
        """What the example asks of a HookedTransformer, answered by our own run."""

        def to_str_tokens(self, text: str) -> list[str]:
            return [token.text for token in network.encode(text)]

        def run_with_cache(self, text: str) -> tuple[None, dict[str, Any]]:
            tokens = network.encode(text)
            cache = {}
            for block in network.blocks(network.embed(tokens), network.load(2)):
                at = f"blocks.{block.layer}.attn"
                for part in ("q", "k", "v"):
                    heads = getattr(block.steps, part).transpose(1, 0, 2)  # (n, h, d_k)
                    cache[f"{at}.hook_{part}"] = torch.from_numpy(heads.copy())[None]
                cache[f"{at}.hook_pattern"] = torch.from_numpy(block.steps.weights)[None]
            return None, cache

    shown = example("Queries and keys: TransformerLens", {"model": Lens()})
    assert shown.sentence == "the old bank of the quiet river"
    assert (shown.layer, shown.head, shown.start) == (1, 2, 0)
    np.testing.assert_allclose(shown.weights.sum(axis=-1), 1, rtol=1e-5)
