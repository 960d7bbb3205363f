"""BERT's and T5's tokenizers, built for the library `tokenizers` from what a GGUF file holds."""

from __future__ import annotations

from typing import Any

from attention_core.store import Store
from attention_core.tokenizer_json import LibraryTokenizer, check_charsmap, guarded

NORMAL, UNKNOWN, USER_DEFINED = 1, 2, 4  # a token's type in the file
PHANTOM = "▁"  # a GGUF marks the first pieces of words where BERT marks the others with ##
WHY = "as its file asks for"


def word_piece(store: Store) -> LibraryTokenizer:
    """BERT's WordPiece (arXiv:1609.08144). Without capitals in the vocabulary, text is lowered.

    Raises AttentionError where the file's vocabulary cannot be used.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

    tokens = _texts(store)
    kinds = store.get("tokenizer.ggml.token_type", list, [NORMAL] * len(tokens))
    if len(kinds) != len(tokens):
        raise store.broken("its lists of tokens and types are not of one length")
    vocabulary = {}
    for id, (token, kind) in enumerate(zip(tokens, kinds, strict=True)):
        if token.startswith(PHANTOM) and len(token) > 1:
            token = token[1:]
        elif kind in (NORMAL, USER_DEFINED) and not (token[:1] == "[" and token[-1:] == "]"):
            token = f"##{token}"
        vocabulary[token] = id
    unknown = _id(store, "unknown")
    name = tokens[unknown] if unknown is not None else "[UNK]"
    capitals = any(token != token.lower() for token in vocabulary if not token.startswith("["))
    made = Tokenizer(models.WordPiece(vocabulary, unk_token=name))
    made.normalizer = normalizers.BertNormalizer(lowercase=not capitals)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    start = _id(store, "cls")
    start = _id(store, "bos") if start is None else start
    end = _id(store, "seperator")  # spelt like this in the format
    end = _id(store, "eos") if end is None else end
    return LibraryTokenizer(made, start, end, WHY, store.path)


def unigram(store: Store) -> LibraryTokenizer:
    """T5's pieces by their chances (arXiv:1804.10959), and the rewriting of text before it.

    Raises AttentionError where the file's vocabulary cannot be used.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

    tokens, scores = _texts(store), store.get("tokenizer.ggml.scores", list)
    if len(scores) != len(tokens):
        raise store.broken("its lists of tokens and scores are not of one length")
    unknown = _id(store, "unknown")
    steps: list[Any] = []
    charsmap = store.get("tokenizer.ggml.precompiled_charsmap", list, [])
    with guarded(store.path):
        made = Tokenizer(
            models.Unigram(list(zip(tokens, map(float, scores), strict=True)), unknown)
        )
        if charsmap:
            raw = bytes(byte & 255 for byte in charsmap)
            check_charsmap(raw)
            steps.append(normalizers.Precompiled(raw))
    if store.get("tokenizer.ggml.remove_extra_whitespaces", bool, True):
        steps.append(normalizers.Strip(left=True, right=True))
        steps.append(normalizers.Replace(Regex(" {2,}"), " "))
    made.normalizer = normalizers.Sequence(steps)
    prefix = store.get("tokenizer.ggml.add_space_prefix", bool, True)
    scheme = "always" if prefix else "never"
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    made.decoder = decoders.Metaspace()
    return LibraryTokenizer(made, None, _id(store, "eos"), WHY, store.path)


def _texts(store: Store) -> list[str]:
    tokens: list[str] = store.get("tokenizer.ggml.tokens", list)
    if not tokens or not isinstance(tokens[0], str):
        raise store.broken("its tokens are no texts")
    return tokens


def _id(store: Store, what: str) -> int | None:
    """The id of a special token, if the file names one that is in its vocabulary."""
    id = store.get(f"tokenizer.ggml.{what}_token_id", int, -1)
    return id if 0 <= id < len(store.get("tokenizer.ggml.tokens", list)) else None
