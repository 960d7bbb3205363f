"""Code for pixels by the million, compiled for this processor (see rendering.compiled)."""
