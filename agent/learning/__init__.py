"""What the language model learns from: lessons made here, and feedback that a person approved."""
