"""The families' GGUF files against transformers, and their tokenizers against the originals.

Needs the extra `oracle` (torch, transformers, gguf).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from attention_core import trace
from attention_core.bpe import PRE_TOKENIZERS
from tests.oracle.families import CASES, GGUF, TEXTS, gguf_case, measure, save
from tests.oracle.gguf_made import write
from tests.oracle.test_oracle import TEXTS as MANY_TEXTS

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize("name", GGUF)
def test_a_gguf_file_computes_what_transformers_computes(name: str, tmp_path: Path) -> None:
    found = measure(gguf_case(name), tmp_path, as_gguf=True)
    print(f"{name}: attention {found.attention:.1e} hidden {found.hidden:.1e}")
    assert found.attention < 1e-5
    assert found.hidden < 1e-4
    assert found.logits < 2e-4


@pytest.mark.parametrize("kind", ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"])
def test_a_quantised_file_computes_nearly_the_same(kind: str, tmp_path: Path) -> None:
    case = CASES["llama3"]
    case = case._replace(settings={**case.settings, "hidden_size": 96, "intermediate_size": 96})
    network = save(case, tmp_path / "model")
    exact = trace(TEXTS["default"], str(tmp_path / "model"), layer=0, head=1)
    path = write(tmp_path / "model.gguf", network, tmp_path / "model", kind)
    found = trace(TEXTS["default"], str(path), layer=0, head=1)
    assert found.model.quantisation == kind
    assert found.tokens == exact.tokens
    bits = {"F16": 10, "BF16": 7, "Q8_0": 6, "Q5_0": 3, "Q5_1": 3, "Q4_0": 2, "Q4_1": 2}[kind]
    np.testing.assert_allclose(
        found.scaled, exact.scaled, atol=np.abs(exact.scaled).max() / 2**bits
    )


@pytest.mark.parametrize("split", sorted(PRE_TOKENIZERS))
def test_words_are_split_as_transformers_splits_them(split: str) -> None:
    from tokenizers import Regex, pre_tokenizers
    from transformers.integrations.gguf.gguf_tokenizer_mapping import GGUF_PRE_TOKENIZER_SPLITS

    if split not in GGUF_PRE_TOKENIZER_SPLITS:
        pytest.skip("transformers takes GPT-2's words; test_oracle.py compares SmolLM's")
    pattern = Regex(GGUF_PRE_TOKENIZER_SPLITS[split])
    reference = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(pattern, "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    for text in MANY_TEXTS.values():
        found = PRE_TOKENIZERS[split]().pre_tokenize_str(text)
        assert found == reference.pre_tokenize_str(text)
