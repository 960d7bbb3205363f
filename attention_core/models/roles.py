"""A model's settings and tensors by the role they play, whatever the file calls them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from attention_core.errors import AttentionError
from attention_core.models import gguf
from attention_core.ops import Array
from attention_core.store import Store

T = TypeVar("T")
LARGEST = {"layers": 10_000, "d_k": 1 << 16}  # beyond them a file is broken, not large


class Roles:
    """What a family reads from.

    KEYS and TENSORS are a Hugging Face folder's names for what the code calls by role; a layer's
    number stands for {}. GGUF files name the roles of all families alike (models/gguf.py).
    """

    KEYS: ClassVar[dict[str, str]]
    TENSORS: ClassVar[dict[str, str]]
    PREFIXES: ClassVar[Sequence[str]] = ("",)  # in front of a folder's names; some files have one
    OUTSIDE: ClassVar[frozenset[str]] = frozenset({"output"})  # tensors that never have a prefix
    DEFAULTS: ClassVar[dict[str, int | float]] = {}  # by role, of settings that a file may lack
    GGUF_TENSORS: ClassVar[dict[str, str]] = gguf.TENSORS

    def __init__(self, checkpoint: Store) -> None:
        self.checkpoint = checkpoint
        self.is_folder = checkpoint.is_folder
        self.architecture = "" if self.is_folder else checkpoint.get("general.architecture", str)
        self.prefix = ""
        if self.is_folder:
            wanted = f"{self.TENSORS['embedding']}.weight"
            found = (p for p in self.PREFIXES if p + wanted in checkpoint.tensors)
            self.prefix = next(found, self.PREFIXES[0])

    def _key(self, role: str) -> str:
        """The file's name of a setting; "" where this kind of file does not have it."""
        if self.is_folder:
            return self.KEYS.get(role, "")
        return f"{self.architecture}.{gguf.KEYS[role]}" if role in gguf.KEYS else ""

    def _setting(self, role: str, kind: type[T], default: T | None = None) -> T:
        fallback: T | None = self.DEFAULTS.get(role, default)  # type: ignore[assignment]
        return self.checkpoint.get(self._key(role) or role, kind, fallback)

    def _is_set(self, role: str) -> bool:
        return self.checkpoint.has(self._key(role))

    def _positive(self, role: str, default: int | None = None) -> int:
        value = self._setting(role, int, default)
        if not 1 <= value <= LARGEST.get(role, value):
            raise self.checkpoint.broken(f"{self.checkpoint.ENTRY} {self._key(role)} is {value}")
        return value

    def _name(self, role: str, layer: int = 0, part: str = "weight") -> str:
        """The file's name of a tensor; "" where this kind of file does not have it."""
        table = self.TENSORS if self.is_folder else self.GGUF_TENSORS
        if role not in table:
            return ""
        prefix = "" if role in self.OUTSIDE else self.prefix
        return f"{prefix}{table[role].format(layer)}.{part}"

    def _has(self, role: str, layer: int = 0, part: str = "weight") -> bool:
        return self._name(role, layer, part) in self.checkpoint.tensors

    def _matrix(self, role: str, *shape: int, layer: int = 0) -> Array:
        return self.checkpoint.read(self._name(role, layer), shape)

    def _bias(self, role: str, size: int, layer: int = 0) -> Array | None:
        """A bias, in files that have it."""
        if not self._has(role, layer, "bias"):
            return None
        return self.checkpoint.read(self._name(role, layer, "bias"), (size,))

    def _tensors_up_to(self, layer: int) -> list[str]:
        """The names of all tensors that a run to this layer reads."""
        table = self.TENSORS if self.is_folder else self.GGUF_TENSORS
        starts = {self._name(role, at, "") for role in table for at in range(layer + 1)}
        names = self.checkpoint.tensors
        return [name for name in names if name[: name.rfind(".") + 1] in starts]

    def _not_built(self, why: str) -> AttentionError:
        return AttentionError(f"{self.checkpoint.path} {why}, which is not built here")
