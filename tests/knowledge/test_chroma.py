"""The embedder in Chroma's form: it survives being written down and read back."""

import numpy as np
from chromadb.utils.embedding_functions import known_embedding_functions

from knowledge.chroma import ChromaEmbedder
from tests.knowledge.fakes import WordEmbedder


def test_it_embeds_with_the_embedder_it_was_given():
    function = ChromaEmbedder(WordEmbedder())
    assert np.allclose(function(["humping gas"]), WordEmbedder().embed(["humping gas"]))


def test_chroma_can_build_it_again_from_its_name_and_config():
    function = ChromaEmbedder(WordEmbedder())
    again = known_embedding_functions[function.name()].build_from_config(function.get_config())
    assert isinstance(again, ChromaEmbedder)
    assert function.get_config() == {}  # no path of this machine is written down
    assert not function.is_legacy() and function.default_space() == "cosine"
