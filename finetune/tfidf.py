"""What the words alone give: TF-IDF of words and character n-grams with a linear model. For comparison, not for serving."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion, make_pipeline

FLOOR = 1e-3  # as in `classical`
MOST_TERMS = 10_000  # of each sort: numbers written out are endless, and say nothing here


class TfidfLinear:
    """Ridge regression (amounts) or logistic regression (labels, classes); targets and outputs as in `classical`."""

    def __init__(self, kind: str, seed: int = 0) -> None:
        self.kind, self.seed = kind, seed

    def fit(self, texts: Sequence[str], targets: np.ndarray, outputs: int) -> Self:
        """Texts [n] and their targets."""
        self.size = outputs
        targets = np.asarray(targets)
        columns = [targets] if self.kind == "classes" else list(targets.T)
        self.parts = [self._part(list(texts), column) for column in columns]
        return self

    def outputs(self, texts: Sequence[str]) -> np.ndarray:
        """Outputs float32 [n, outputs]."""
        if self.kind == "classes":
            p = np.full((len(texts), self.size), FLOOR)
            p[:, self.parts[0].classes_] = np.clip(self.parts[0].predict_proba(list(texts)), FLOOR, 1)
            return np.asarray(np.log(p / p.sum(axis=1, keepdims=True)), dtype=np.float32)
        columns = [np.full(len(texts), part) if isinstance(part, float) else self._column(part, list(texts)) for part in self.parts]
        return np.stack(columns, axis=1).astype(np.float32)

    def _part(self, texts: list[str], target: np.ndarray) -> Any:
        if self.kind == "labels" and len(set(target)) == 1:
            share = (float(target.sum()) + 0.5) / (len(target) + 1)
            return float(np.log(share / (1 - share)))
        linear = Ridge(alpha=1.0) if self.kind == "amounts" else LogisticRegression(C=10.0, max_iter=300)
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=MOST_TERMS, token_pattern=r"(?u)\b\w+\b")
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, max_features=MOST_TERMS)
        model = make_pipeline(FeatureUnion([("words", words), ("letters", letters)]), linear)
        return model.fit(texts, target if self.kind == "amounts" else target.astype(int))

    def _column(self, model: Any, texts: list[str]) -> np.ndarray:
        if self.kind == "amounts":
            return np.asarray(model.predict(texts))
        p = np.clip(model.predict_proba(texts)[:, 1], FLOOR, 1 - FLOOR)
        return np.asarray(np.log(p / (1 - p)))
