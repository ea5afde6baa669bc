"""The errors of knowledge: a sentence for the person at the terminal that names the next step."""


class KnowledgeError(RuntimeError):
    """The knowledge base cannot answer: a missing model, a bad query, a broken corpus."""


class DocumentError(KnowledgeError):
    """A document of the user's cannot be taken as it is, or is not there."""
