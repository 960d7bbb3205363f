"""Every encoder-decoder against transformers in float64, on tiny random models with odd sizes.

Needs the extra `oracle`. The same comparison prints the table that stands in docs/models.md:
python -m tests.oracle.decoders
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from attention_core import AttentionError, Trace, trace
from attention_core.models.pair import EncoderDecoder
from attention_core.models.t5 import relative_buckets
from attention_core.registry import open_pair
from attention_core.translation import KINDS, translation_traces
from tests.oracle.decoders import CASES, KOREAN, PAIRS, TEXTS, compare, measure
from tests.oracle.families import save

pytestmark = pytest.mark.oracle
every_case = pytest.mark.parametrize("name", CASES)


@every_case
def test_both_halves_compute_what_transformers_computes(name: str, tmp_path: Path) -> None:
    found = measure(CASES[name], tmp_path)
    print(name, *(f"{error:.1e}" for error in found))
    assert max(found.encoder, found.decoder, found.cross) < 1e-5
    assert found.hidden < 1e-4


@every_case
def test_the_traces_of_all_kinds_are_saved_and_loaded(name: str, tmp_path: Path) -> None:
    save(CASES[name], tmp_path / "model")
    traces = translation_traces(TEXTS["mixed"], KOREAN, str(tmp_path / "model"))
    assert tuple(traces) == KINDS
    for found in traces.values():
        assert found.start_rule
        for ending in ("npz", "json"):
            found.save(tmp_path / f"t.{ending}")
            loaded = Trace.load(tmp_path / f"t.{ending}")
            assert loaded.header() == found.header()
            np.testing.assert_allclose(loaded.weights, found.weights, atol=1e-6)
    cross = traces["cross"]
    assert cross.key_tokens == traces["encoder"].tokens
    assert cross.tokens == traces["decoder"].tokens


def test_a_head_that_one_half_lacks_is_named_with_its_half(tmp_path: Path) -> None:
    save(CASES["bart"], tmp_path)  # 5 heads in 3 layers, 7 heads in 4 layers
    given = {"model": str(tmp_path), "key_sentence": TEXTS["default"]}
    assert trace(KOREAN, layer=3, head=6, attention="cross", **given).head == 6
    with pytest.raises(AttentionError, match="no layer 3 in its encoder; choose 0 to 2"):
        trace(KOREAN, layer=3, attention="encoder", **given)
    with pytest.raises(AttentionError, match="no head 7 in its decoder; choose 0 to 6"):
        trace(KOREAN, head=7, attention="decoder", **given)


def test_settings_without_a_start_token_give_the_familys_own(tmp_path: Path) -> None:
    for name, start in (("t5", "<pad>"), ("marian", "<pad>"), ("bart", "</s>")):
        folder = tmp_path / name
        save(CASES[name], folder)
        config = json.loads((folder / "config.json").read_text())
        del config["decoder_start_token_id"]
        (folder / "config.json").write_text(json.dumps(config))
        found = trace(KOREAN, str(folder), key_sentence=TEXTS["default"], attention="decoder")
        assert (found.tokens[0].text, found.start) == (start, 0)
        assert found.start_rule.startswith(f"{start} in front, which its decoder starts with")


def test_a_marian_reads_source_spm_and_writes_target_spm_each_with_its_own_numbers(
    tmp_path: Path,
) -> None:
    sentencepiece = pytest.importorskip("sentencepiece", reason="needs the package sentencepiece")
    import transformers

    made, folder = tmp_path / "made", tmp_path / "model"
    made.mkdir()
    learnt = {
        "source": (TEXTS["default"], TEXTS["long"]),
        "target": (KOREAN, "고양이는 숲을 보았다"),
    }
    sizes = {}
    for side, sentences in learnt.items():
        with open(made / f"{side}.spm", "wb") as file:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(sentences * 20), model_writer=file, vocab_size=40,
                hard_vocab_limit=False, character_coverage=1.0, minloglevel=2,
            )  # fmt: skip
        trained = sentencepiece.SentencePieceProcessor(str(made / f"{side}.spm"))
        pieces = [trained.id_to_piece(id) for id in reversed(range(3, len(trained)))]
        names = ["<pad>", "</s>", "<unk>", *pieces]
        sizes[side] = len(names)
        (made / f"{side}.json").write_text(json.dumps({name: id for id, name in enumerate(names)}))
    two = CASES["marian-two"]
    vocabularies = {"vocab_size": sizes["source"], "decoder_vocab_size": sizes["target"]}
    network = save(two._replace(settings={**two.settings, **vocabularies}), folder).double()
    for file in folder.glob("*token*"):  # the tokenizer of its like
        file.unlink()
    reference = transformers.MarianTokenizer(
        source_spm=str(made / "source.spm"), target_spm=str(made / "target.spm"),
        vocab=str(made / "source.json"), target_vocab_file=str(made / "target.json"),
        separate_vocabs=True,
    )  # fmt: skip
    reference.save_pretrained(folder)
    assert not (folder / "tokenizer.json").exists()
    here = open_pair(str(folder))
    assert isinstance(here, EncoderDecoder)
    for source, target in (*PAIRS, (TEXTS["default"], "숲을 고양이는")):
        ids = [token.id for token in here.encoder.encode(source)]
        assert ids == reference(source, truncation=False).input_ids
        found = compare(here, network, folder, source, target)  # with what the decoder reads
        assert max(found.encoder, found.decoder, found.cross) < 1e-5
    unknown = 2
    korean = [token.id for token in here.decoder.encode(KOREAN)]
    assert unknown not in korean  # its own language
    assert unknown in [token.id for token in here.encoder.encode(KOREAN)]  # not the other one's


def test_the_buckets_of_a_decoder_are_those_of_transformers() -> None:
    import torch
    from transformers.models.t5.modeling_t5 import T5Attention

    at = torch.arange(300)
    for buckets, farthest in ((32, 128), (12, 40), (64, 200)):
        wanted = T5Attention._relative_position_bucket(
            at[None, :] - at[:, None], False, buckets, farthest
        )
        ours = relative_buckets(300, buckets, farthest, both_ways=False)
        np.testing.assert_array_equal(ours, wanted.numpy())
