"""A batch in a process of its own, for tests that kill it or pipe through it: answers without a model, after as long as it is told."""

import os
import sys
import time
from pathlib import Path

from agent.batch import run
from agent.batch.threads import Threads
from agent.state import Answer, Message

SECONDS = float(os.environ.get("SECONDS_A_LINE", "0.01"))


def ask(question: str, history: list[Message]) -> Answer:
    time.sleep(SECONDS)
    return Answer(status="answered", answer=f"{question} answered {'x' * 5000}")


def main(source: Path, target: Path) -> None:
    options = run.Options(4)
    engines = lambda done: Threads(ask, done, 4)  # noqa: E731
    if target == Path("-"):
        run.run_stream(source, sys.stdout.buffer, engines, options)
    else:
        run.run_file(source, target, engines, options)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
