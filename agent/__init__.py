"""The conversation: the turn as a graph (graph.py), its prompts and checks, and the language model's client.

Ways in, none of which decides about an answer: `cli`, `chat`, `slack`, `batch`, `server` (HTTP) and `mcp`. Beside them stand `attached` (files,
notes and tables that come with a question), `shown` (answers and results as text), `many` (many people at once), `model` (weights and the vLLM
server), `learning` (what the model is taught), `evaluation` (how good the answers are), `setup` (what is made, and what is missing) and `commands`
(the verbs that do not ask).
"""
