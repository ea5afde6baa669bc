"""The conversation: the turn as a graph, its prompts and checks, the language model's client, and a module for each way in.

Beside it stand five rooms: `batch` (questions by the file), `model` (weights and the vLLM server), `learning` (what the model is taught),
`evaluation` (how good the answers are) and `commands` (the verbs of `waam` that do not ask).
"""
