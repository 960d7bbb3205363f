"""The live oracle of en-ko: torch.nn.Transformer with the very same weights."""

from __future__ import annotations

import numpy as np
import pytest

from attention_core.catalogue import SHIPPED, WEIGHTS
from attention_core.files import read_npz
from attention_core.registry import open_seq2seq
from tools.train_en_ko.grammar import SHOWN, held_out_set

pytestmark = pytest.mark.oracle


def test_we_compute_what_torch_computes() -> None:
    import torch  # without it this fails: whoever asks for the oracle wants it to speak

    from tools.train_en_ko.model import attentions, imported

    network = open_seq2seq("en-ko")
    reference = imported(read_npz(SHIPPED["en-ko"].folder / WEIGHTS))
    worst, logits_off = 0.0, 0.0
    for sentence in (*SHOWN, *(pair.english for pair in held_out_set(200))):
        run = network.run(sentence)
        source, target = ([token.id for token in side] for side in (run.source, run.target))
        logits, wanted = attentions(reference, torch.tensor(source), torch.tensor(target))
        for kind, table in wanted._asdict().items():
            weights = np.stack([block.steps.weights for block in getattr(run, kind)])
            assert weights.shape == tuple(table.shape)
            worst = max(worst, float(np.abs(weights - table.numpy()).max()))
        logits_off = max(logits_off, float(np.abs(run.logits - logits.numpy()).max()))
        assert (run.logits.argmax(axis=-1) == logits.numpy().argmax(axis=-1)).all()
    print(f"attention {worst:.1e} logits {logits_off:.1e}")
    assert worst < 1e-5
    assert logits_off < 1e-4
