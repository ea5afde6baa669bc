"""The one error of knowledge: a sentence for the person at the terminal that names the next step."""


class KnowledgeError(RuntimeError):
    """The knowledge base cannot answer: a missing model, a bad query, a broken corpus."""
