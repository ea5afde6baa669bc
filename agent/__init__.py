"""The conversation: graph, prompts, answer checking, the language model's client and server, ways in."""
