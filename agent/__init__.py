"""The conversation: the turn as a graph (graph.py), its prompts and checks, and the language model's client.

Ways in, none of which decides about an answer: `cli`, `chat`, `slack`, `batch`, `server` (HTTP) and `mcp`. Beside them stand `model` (weights and
the vLLM server), `learning` (what the model is taught), `evaluation` (how good the answers are) and `commands` (the verbs that do not ask).
"""
