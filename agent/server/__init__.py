"""Over HTTP: the OpenAI form of chat completions, single tools, a web page, health and metrics. `run` starts it, `app` is the table of paths."""
