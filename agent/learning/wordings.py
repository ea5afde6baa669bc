"""The wordings of questions, as data: what the shortlist is trained on, and what the language model learns beside it."""

from pathlib import Path

QUESTIONS, LESSONS = (Path(__file__).with_name(name) for name in ("questions.yaml", "lessons.yaml"))
