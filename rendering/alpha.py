"""Alpha: colours as Cairo multiplies them, and as files want them."""

from __future__ import annotations

import numpy as np


def straight_alpha(pixels: np.ndarray) -> np.ndarray:
    """Undo Cairo's premultiplication; an opaque picture stays as it is.

    pixels: (h, w, 4) uint8, RGBA -> the same shape, a copy
    """
    alpha = pixels[..., 3:4]
    if (alpha == 255).all():
        return pixels.copy()
    colour = pixels[..., :3].astype(np.uint16) * 255 + alpha // 2
    colour //= np.maximum(alpha, 1)
    return np.concatenate([np.minimum(colour, 255).astype(np.uint8), alpha], axis=2)
