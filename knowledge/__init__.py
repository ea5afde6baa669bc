"""What is known about WAAM, with its sources: the corpus, the user's documents, the embedder, the Chroma store and the search."""
