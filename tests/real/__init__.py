"""The second tier: real weights, a real vLLM server, real questions."""
