"""What serves the language model: weights verified, merged and converted; the vLLM process started, found and stopped."""
