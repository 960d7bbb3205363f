"""The model families: each runs the shared steps of attention_core.attention on its own weights."""
