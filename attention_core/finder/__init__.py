"""Finds heads: those that make one word look at others, and what every head of a model does."""

from attention_core.finder.relation import Finding, Search, find
from attention_core.finder.roles import Roles, survey

__all__ = ["Finding", "Roles", "Search", "find", "survey"]
