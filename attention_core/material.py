"""Material: the traces that a chapter draws, and the arrays derived from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from attention_core.counterfactual import leak_shares, scaling
from attention_core.derived import DERIVED, Derived, derive, embedded_file
from attention_core.errors import AttentionError, nearest
from attention_core.files import read_npz, trace_of, unpacked, write_npz
from attention_core.models.base import Block, Model
from attention_core.ops import Array
from attention_core.registry import NotFetched, open_model
from attention_core.run import (
    DEFAULT_SENTENCE,
    assemble,
    check_head,
    default_head,
    encode,
)
from attention_core.tokens import check_sentence
from attention_core.trace import SCHEMA, Trace

NEEDS = ("attention", "scaling", "leak", *DERIVED)
# What looks at the mask, or takes a text's beginning for the run of that beginning.
CAUSAL = frozenset({"leak", "context"})
DEFAULT_FILE = Path(__file__).parent.parent / "assets" / "traces" / "default.npz"


@dataclass(frozen=True, eq=False)
class Material:
    """Traces by name ("main" is always there) and derived arrays by name.

    Which arrays there are depends on what was needed:

    scaling  unscaled_weights (n, n): softmax without the division by sqrt(d_k);
             entropy_scaled and entropy_unscaled (n,): bits, of each query's shares
    leak     trace "leak": the head that would look most into the future without the mask;
             leak_share (): the mean mass its words would put there;
             leak_shares (layers, heads): the same for all heads that were run
    others   what the need's module in attention_core/derived says
    """

    traces: Mapping[str, Trace]
    arrays: Mapping[str, Array] = field(default_factory=dict)
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def trace(self) -> Trace:
        """The main trace."""
        return self.traces["main"]

    def need(self, name: str) -> Array:
        """A derived array, or an AttentionError if this material does not hold it."""
        if name not in self.arrays:
            raise AttentionError(
                f"this material does not hold the array {name}",
                "draw it from the sentence, with a model",
            )
        return self.arrays[name]

    @classmethod
    def build(
        cls,
        sentence: str = DEFAULT_SENTENCE,
        model: str | Model = "smollm2",
        layer: int | None = None,
        head: int | None = None,
        needs: Iterable[str] = ("attention",),
        options: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Material:
        """Run the model once and derive what is needed; `options` by need are its module's.

        Without the model on this machine the default sentence still works, from an embedded file.
        Raises AttentionError for a sentence, model, layer, head or need that cannot be used.
        """
        needs = frozenset(needs)
        for need in sorted(needs.difference(NEEDS)):
            raise AttentionError(
                f"no material is called {need!r}", f"known: {nearest(need, NEEDS)}"
            )
        check_sentence(sentence)
        try:
            network = open_model(model) if isinstance(model, str) else model
        except NotFetched:
            embedded = None if options else _embedded(sentence, model, layer, head, needs)
            if embedded is None:
                raise
            return embedded
        if needs & CAUSAL and not getattr(network, "causal", True):
            raise AttentionError(
                f"{network.info.name} masks nothing: each word sees the whole sentence",
                "choose another chapter, or a model that reads from left to right",
            )
        check_head(network, layer, head)
        given = layer is not None or head is not None
        place = default_head(network, sentence, layer, head)
        traces, arrays = _run(network, sentence, place, "leak" in needs, given)
        if "scaling" in needs:
            arrays |= scaling(traces["main"])
        texts: dict[str, tuple[str, ...]] = {}
        for found in _derived(network, traces["main"], needs, options or {}):
            traces |= found.traces
            arrays |= found.arrays
            texts |= found.texts
        return cls(traces, arrays, texts)

    @classmethod
    def embedded(cls, needs: Iterable[str] = NEEDS) -> Material:
        """The default sentence's material, from the files that this project ships: no model."""
        return _with_parts(cls.load(DEFAULT_FILE), frozenset(needs))

    def fingerprint(self) -> str:
        """A digest that differs where the material may differ (see Trace.fingerprint)."""
        prints = {name: trace.fingerprint() for name, trace in sorted(self.traces.items())}
        digest = hashlib.sha256(json.dumps([SCHEMA, sorted(self.arrays), prints]).encode())
        if self.texts:
            digest.update(json.dumps(dict(self.texts), sort_keys=True).encode())
        if not self.trace.computed:
            for _, array in sorted(self.arrays.items()):
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def save(self, path: str | PathLike[str]) -> None:
        """Write everything into one NPZ file, whole or not at all."""
        headers = {name: trace.header() for name, trace in self.traces.items()}
        content: dict[str, Any] = {"headers": np.array(json.dumps(headers, ensure_ascii=False))}
        if self.texts:
            content["texts"] = np.array(json.dumps(dict(self.texts), ensure_ascii=False))
        for name, trace in self.traces.items():
            content |= {f"{name}/{key}": array for key, array in trace.arrays().items()}
        content |= {f"arrays/{key}": array for key, array in self.arrays.items()}
        write_npz(path, content)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Material:
        """Read what `save` wrote, or one saved trace. Raises AttentionError if it is unsound."""
        path = Path(path)
        if path.suffix.lower() == ".json":
            return cls({"main": Trace.load(path)})
        content = read_npz(path)
        if "header" in content or ("headers" not in content and "tokens" in content):
            return cls({"main": Trace.load(path)})
        headers = unpacked(content, "headers", path)
        if not isinstance(headers, dict) or "main" not in headers:
            raise AttentionError(f"{path} holds no trace called main")
        traces = {
            name: trace_of(header, _under(content, name), f"{path} (trace {name})")
            for name, header in headers.items()
        }
        texts = unpacked(content, "texts", path) if "texts" in content else {}
        arrays = _checked(_under(content, "arrays"), traces, str(path))
        return cls(traces, arrays, _checked_texts(texts, path))


def _derived(
    network: Model, main: Trace, needs: frozenset[str], options: Mapping[str, Mapping[str, Any]]
) -> Iterator[Derived]:
    """What these needs derive, in order, two at a time: NumPy multiplies without Python's lock."""

    def derived(need: str) -> Derived:
        return derive(need, network, main, **options.get(need, {}))

    with ThreadPoolExecutor(2, thread_name_prefix="derive") as pool:
        yield from pool.map(derived, sorted(needs.intersection(DERIVED)))


def _run(
    network: Model, sentence: str, place: tuple[int, int], leak: bool, given: bool
) -> tuple[dict[str, Trace], dict[str, Array]]:
    """One pass: the main trace, and the leakiest head of all if it is wanted."""
    layer, head = place
    search = leak and not given
    last = network.info.layers - 1 if search else layer
    weights = network.load(last)
    tokens = encode(network, sentence)
    embedding = network.embed(tokens)
    first = int(tokens[0].special)
    hidden: list[Array] = []
    shares: list[Array] = []
    main: Trace | None = None
    leakiest: tuple[float, Block, int] | None = None
    for block in network.blocks(embedding, weights):
        if block.layer <= layer:
            hidden.append(block.hidden)
        if block.layer == layer:
            stack = np.stack(hidden)
            main = assemble(network, sentence, tokens, block, head, stack, embedding)
        if leak:
            shares.append(leak_shares(block.steps.before_mask, first))  # (h,)
            most = int(shares[-1].argmax())
            if leakiest is None or shares[-1][most] > leakiest[0]:
                leakiest = float(shares[-1][most]), block, most
    assert main is not None
    traces, arrays = {"main": main}, {}
    if leak:
        table = np.stack(shares)  # (layers run, h)
        arrays["leak_shares"] = table
        if search and leakiest is not None:
            _, block, most = leakiest
            traces["leak"] = assemble(network, sentence, tokens, block, most, None, embedding)
        else:
            traces["leak"] = main
        there = traces["leak"]
        arrays["leak_share"] = np.asarray(table[there.layer, there.head])
    return traces, arrays


def _under(content: Mapping[str, Any], folder: str) -> dict[str, Any]:
    return {
        key.removeprefix(f"{folder}/"): array
        for key, array in content.items()
        if key.startswith(f"{folder}/")
    }


def _checked(
    arrays: Mapping[str, Any], traces: Mapping[str, Trace], source: str
) -> dict[str, Array]:
    """The derived arrays of a file, if they have the shapes that the main trace gives them."""
    n, m = traces["main"].n, traces["main"].model
    shapes: dict[str, tuple[int, ...]] = {
        "unscaled_weights": (n, n),
        "entropy_scaled": (n,),
        "entropy_unscaled": (n,),
        "leak_share": (),
        "leak_shares": (m.layers, m.heads),
        "value_outputs": (n, m.d_model),
        "weighted": (n, *traces["main"].v.shape),
        "mixed": (n, *traces["main"].v.shape[1:]),
        "lengths": (n, 4),
        "head_step": (n, 2),
        "block_step": (n, 2),
    }
    for name, array in arrays.items():
        shape = shapes.get(name, array.shape)
        if name == "leak_shares" and array.ndim == 2:  # the run may have stopped earlier
            shape = (min(len(array), m.layers), m.heads)
        if array.dtype.kind != "f" or array.shape != shape or not np.isfinite(array).all():
            raise AttentionError(f"{source} cannot be used: array {name} is not numbers of {shape}")
    return dict(arrays)


def _checked_texts(texts: Any, path: Path) -> dict[str, tuple[str, ...]]:
    """The texts of a file, if they are lists of strings by name."""
    sound = isinstance(texts, dict) and all(
        isinstance(lines, list) and all(isinstance(line, str) for line in lines)
        for lines in texts.values()
    )
    if not sound:
        raise AttentionError(f"{path} cannot be used: its texts are not lists of strings by name")
    return {name: tuple(lines) for name, lines in texts.items()}


def _embedded(
    sentence: str,
    model: str | Model,
    layer: int | None,
    head: int | None,
    needs: frozenset[str],
) -> Material | None:
    """The default sentence's material, as this project ships it, if it is what is asked for."""
    if sentence != DEFAULT_SENTENCE or model != "smollm2" or not DEFAULT_FILE.exists():
        return None
    material = Material.embedded(needs)
    main = material.trace
    if layer not in (None, main.layer) or head not in (None, main.head):
        return None
    if layer is None and head is None:
        return material
    here = material.arrays["leak_shares"][main.layer, main.head]  # the given head's own leak
    traces = {**material.traces, "leak": main}
    return Material(traces, {**material.arrays, "leak_share": here}, material.texts)


def _with_parts(material: Material, needs: frozenset[str]) -> Material:
    for need in sorted(needs.intersection(DERIVED)):
        material = _joined(material, Material.load(embedded_file(need)))
    return material


def _joined(whole: Material, part: Material) -> Material:
    """Both, with the main trace of the first."""
    traces = {**part.traces, **whole.traces}
    return Material(traces, {**whole.arrays, **part.arrays}, {**whole.texts, **part.texts})
