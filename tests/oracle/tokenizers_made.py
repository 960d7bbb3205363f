"""Small tokenizers of every kind that the families come with, trained on a few sentences."""

from __future__ import annotations

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers.processors import RobertaProcessing, TemplateProcessing

TEXTS = [
    "a fluffy blue creature roamed the verdant forest",
    "the old bank of the quiet river is closed, and the capital of France is Paris",
    "작은 파란 고양이가 푸른 숲을 돌아다녔다. the miniature Eiffel Tower",
] * 5


def byte_level(special: tuple[str, ...] = ("<|endoftext|>",)) -> Tokenizer:
    """GPT-2's, Qwen's: bytes, no template; <|endoftext|> is in the vocabulary."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        TEXTS,
        trainers.BpeTrainer(
            vocab_size=330, special_tokens=list(special), initial_alphabet=alphabet
        ),
    )
    return made


def _with(made: Tokenizer, template: str, *names: str) -> Tokenizer:
    made.add_special_tokens(list(names))
    ids = [(name, made.token_to_id(name)) for name in names]
    made.post_processor = TemplateProcessing(single=template, special_tokens=ids)
    return made


def llama3() -> Tokenizer:
    """Bytes, <|begin_of_text|> in front."""
    return _with(byte_level(), "<|begin_of_text|> $A", "<|begin_of_text|>")


def sentence_piece() -> Tokenizer:
    """Llama 2's and Mistral's: ▁ for spaces, one in front, bytes for what is unknown; <s>."""
    made = _fallback_bpe()
    made.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    return _with(made, "<s> $A", "<s>")


def gemma() -> Tokenizer:
    """Gemma's: ▁ for spaces, none in front, bytes for what is unknown; <bos>."""
    made = _fallback_bpe()
    made.normalizer = normalizers.Replace(" ", "▁")
    return _with(made, "<bos> $A", "<bos>")


def _fallback_bpe() -> Tokenizer:
    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.Replace(" ", "▁")
    trained.train_from_iterator([text.split(".")[-1] for text in TEXTS], trainers.BpeTrainer(
        vocab_size=70, limit_alphabet=40, special_tokens=["<unk>"]))  # fmt: skip
    vocabulary: dict[str, int] = trained.get_vocab()
    pieces = sorted(vocabulary, key=lambda piece: vocabulary[piece])  # the best joints first
    merges = [
        (piece[:at], piece[at:])
        for piece in pieces
        for at in range(1, len(piece))
        if piece[:at] in vocabulary and piece[at:] in vocabulary
    ]
    for byte in range(256):
        vocabulary[f"<0x{byte:02X}>"] = len(vocabulary)
    return Tokenizer(
        models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )


def word_piece() -> Tokenizer:
    """BERT's: lower case, pieces of words, [CLS] and [SEP]."""
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    made.train_from_iterator(TEXTS, trainers.WordPieceTrainer(vocab_size=150, special_tokens=names))
    made.enable_truncation(12)  # sentence-transformers ship theirs like this
    made.enable_padding(length=12)
    return _with(made, "[CLS] $A [SEP]", "[CLS]", "[SEP]")


def roberta() -> Tokenizer:
    """Bytes, <s> and </s>, and offsets without the leading space."""
    made = byte_level(("<s>", "<pad>", "</s>"))
    end, start = (made.token_to_id(name) for name in ("</s>", "<s>"))
    made.post_processor = RobertaProcessing(("</s>", end), ("<s>", start), trim_offsets=True)
    return made


def unigram() -> Tokenizer:
    """T5's and Marian's: ▁ for spaces, pieces by their chances, </s> behind."""
    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.Sequence(  # as transformers' SpmConverter makes it
        [normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.train_from_iterator(
        TEXTS,
        trainers.UnigramTrainer(
            vocab_size=120, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>"
        ),
    )
    return _with(made, "$A </s>", "</s>")
