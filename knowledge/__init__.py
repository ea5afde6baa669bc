"""What is known about WAAM, with its sources: the corpus, the embedder, the Chroma store and the search."""
