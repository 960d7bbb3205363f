"""The toy English-to-Korean model: its words, its grammar, its training."""
