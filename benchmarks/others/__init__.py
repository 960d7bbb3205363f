"""Comparisons with other engines, which live in an environment of their own."""
