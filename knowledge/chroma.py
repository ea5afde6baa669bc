"""The embedder in the form Chroma calls it. Knows nothing of what is embedded.

Chroma writes down the name alone, never a path, and builds the function again from it: then it is this machine's
embedder, loaded when the first text comes.
"""

from typing import Any, cast

from chromadb.api.types import Documents, EmbeddingFunction, Embeddings, Space
from chromadb.utils.embedding_functions import register_embedding_function

from knowledge.embedder import TextEmbedder, load_embedder


@register_embedding_function
class ChromaEmbedder(EmbeddingFunction[Documents]):
    """`embedder`, by default this machine's, as a Chroma embedding function."""

    def __init__(self, embedder: TextEmbedder | None = None) -> None:
        self.embedder = embedder

    def __call__(self, input: Documents) -> Embeddings:
        return cast(Embeddings, list((self.embedder or load_embedder()).embed(list(input))))

    @staticmethod
    def name() -> str:
        return "waam"

    def default_space(self) -> Space:
        return "cosine"

    def supported_spaces(self) -> list[Space]:
        return ["cosine"]

    def get_config(self) -> dict[str, Any]:
        return {}

    @staticmethod
    def build_from_config(config: dict[str, Any]) -> "ChromaEmbedder":
        return ChromaEmbedder()
