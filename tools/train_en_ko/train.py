"""Trains the toy model: seeded, on one thread, a few minutes."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from tools.train_en_ko.grammar import Pair, training_set, vocabularies
from tools.train_en_ko.model import EnglishToKorean, Sizes

START, END = "<s>", "</s>"
NO_LABEL = -100  # where a target is filled up: not counted


class Vocabulary:
    """Ids of words."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self.ids = {word: id for id, word in enumerate(words)}

    def rows(self, sentences: Sequence[Sequence[str]], filler: int) -> Tensor:
        """Their ids, filled up to the longest one.  -> (batch, n)"""
        table = np.full((len(sentences), max(map(len, sentences))), filler)
        for row, words in enumerate(sentences):
            table[row, : len(words)] = [self.ids[word] for word in words]
        return torch.from_numpy(table)


def vocabulary_files() -> tuple[Vocabulary, Vocabulary]:
    """English words, and Korean pieces after the start and end tokens."""
    english, korean = vocabularies()
    return Vocabulary(english), Vocabulary([START, END, *korean])


def batches(pairs: Sequence[Pair], size: int, draw: np.random.Generator) -> list[list[Pair]]:
    """The pairs in random order, those of like length together."""
    order = draw.permutation(len(pairs))
    rank = sorted(order, key=lambda at: len(pairs[at].korean))
    cut = [[pairs[at] for at in rank[i : i + size]] for i in range(0, len(rank), size)]
    return [cut[at] for at in draw.permutation(len(cut))]


def train(
    seed: int = 0, epochs: int = 10, size: int = 128, rate: float = 4e-3, dropout: float = 0.1
) -> EnglishToKorean:
    """A trained model; the same seed gives the same one on the same machine."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    draw = np.random.default_rng(seed)
    source, target = vocabulary_files()
    pairs = training_set()
    model = EnglishToKorean(Sizes(len(source.words), len(target.words)), dropout)
    model.train()
    optimiser = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9)
    steps = epochs * -(-len(pairs) // size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps, pct_start=0.15)
    loss_of = nn.CrossEntropyLoss(ignore_index=NO_LABEL)
    began = time.monotonic()
    for epoch in range(epochs):
        total = 0.0
        chosen = batches(pairs, size, draw)
        for batch in chosen:
            read = source.rows([pair.english.split() for pair in batch], -1)
            heard = target.rows([[START, *pair.korean] for pair in batch], 0)
            wanted = target.rows([[*pair.korean, END] for pair in batch], NO_LABEL)
            scores = model(read.clamp(min=0), heard, read < 0)
            loss = loss_of(scores.flatten(0, 1), wanted.flatten())
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
        spent = time.monotonic() - began
        print(
            f"epoch {epoch + 1}/{epochs}: loss {total / len(chosen):.4f}, {spent:.0f} s", flush=True
        )
    model.eval()
    return model
