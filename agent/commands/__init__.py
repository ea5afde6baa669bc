"""The verbs of `waam` that are no way to ask: set-up, single tools, training, evaluation, feedback."""
