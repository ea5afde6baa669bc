"""An embedder for tests: counts of a fixed vocabulary, so that nearness is shared words and nothing is random."""

import re

import numpy as np

VOCABULARY = [
    "humping", "balling", "porosity", "gas", "interpass", "temperature", "heat", "input", "speed", "titanium", "aluminium", "codes",
]  # fmt: skip


class WordEmbedder:
    """Unit vectors of word counts; a text without any known word lies along an axis of its own."""

    def __init__(self, fingerprint: str = "words-1") -> None:
        self.fingerprint = fingerprint
        self.calls = 0
        self.embedded: list[str] = []

    def tokens(self, text: str) -> int:
        return len(text.split())

    def embed(self, texts: list[str]) -> np.ndarray:
        self.calls += 1
        self.embedded += texts
        counts = np.zeros((len(texts), len(VOCABULARY) + 1), dtype=np.float32)
        for row, text in enumerate(texts):
            words = re.findall(r"[a-z]+", text.lower())
            counts[row, :-1] = [words.count(word) for word in VOCABULARY]
            counts[row, -1] = 0 if counts[row].any() else 1
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)
