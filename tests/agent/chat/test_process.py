"""The chat as a process of its own: killed, and at a pseudo-terminal where Ctrl-C and Ctrl-D are keys. Its model is scripted."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.agent.fakes import QUESTION

ROOT = Path(__file__).parents[3]
PROMPT = "\x1b[?2004h"  # the line can be typed: pastes are announced from here on
DEADLINE = 120  # seconds; a busy machine imports slowly
GOOD = "The bead is predicted to be normal with probability 0.93 [T1]."
PROGRAM = """
import sys, threading
import agent.ground, agent.route, agent.runner
from agent.chat import session
from agent.llm import ScriptedModel, tool_call_message
from agent.settings import settings
from tests.agent.fakes import Bench, verdict

bench, slow = Bench(), "slow" in sys.argv
if slow:
    bench.answers["detect_anomaly"] = lambda **args: (threading.Event().wait() if args["current_a"] == 240 else None, verdict(**args))[1]
for module in (agent.ground, agent.route, agent.runner):
    module.TOOLS = bench.tools()
agent.route.probabilities = lambda question: {}
turn = [tool_call_message(("detect_anomaly", {})), "GOOD"]
session.chat_model = lambda settings: ScriptedModel(replies=turn[:1] + turn if slow else turn * 3)
import agent.cli
sys.argv = ["waam", "chat", "--name", "monday"]
agent.cli.main()
""".replace("GOOD", GOOD)


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    return os.environ | {
        "WAAM_HOME": str(home), "WAAM_LLM__BASE_URL": "http://127.0.0.1:9/v1", "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "NO_COLOR": "1",
    }  # fmt: skip


def test_a_conversation_survives_a_kill(environment: dict[str, str]):
    command = [sys.executable, "-c", PROGRAM]
    first = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert first.stdin and first.stdout
    with first:
        first.stdin.write(f"{QUESTION}\n")
        first.stdin.flush()
        assert first.stdout.readline().strip() == GOOD
        first.kill()
    ran = subprocess.run(command, cwd=ROOT, env=environment, input="same at 240 A\n/sources\n", capture_output=True, text=True, timeout=DEADLINE)
    assert ran.returncode == 0 and "current 240 A, voltage 21.4 V" in ran.stdout, ran.stderr
    assert "Conversation monday." in ran.stderr and "\x1b" not in ran.stdout


def test_an_earlier_conversation_that_is_not_there_is_refused(environment: dict[str, str]):
    command = [sys.executable, "-c", PROGRAM.replace("--name", "--resume")]
    ran = subprocess.run(command, cwd=ROOT, env=environment, input="same at 240 A\n", capture_output=True, text=True, timeout=DEADLINE)
    assert (ran.returncode, ran.stdout) == (2, "") and ran.stderr.startswith("There is no conversation 'monday'; /resume in the chat lists them,")


class Keyboard:
    """A process at a pseudo-terminal of this test's."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # tests that run in the background have it ignored
            os.chdir(ROOT)
            os.execve(sys.executable, [sys.executable, "-c", PROGRAM, "slow"], environment)
        self.seen = ""

    def press(self, keys: str) -> None:
        os.write(self.terminal, keys.encode())

    def until(self, words: str) -> str:
        """What was written up to these words."""
        end = time.monotonic() + DEADLINE
        while words not in self.seen:
            assert time.monotonic() < end, f"{words!r} never came: {self.seen[-2000:]!r}"
            if select.select([self.terminal], [], [], 1)[0]:
                self.seen += os.read(self.terminal, 1 << 16).decode("utf-8", "replace")
        before, _, self.seen = self.seen.partition(words)
        return before

    def close(self) -> int:
        """Its exit code, once the terminal is gone."""
        end = time.monotonic() + DEADLINE / 4
        while (ended := os.waitpid(self.pid, os.WNOHANG))[0] == 0 and time.monotonic() < end:
            try:  # on Linux reading fails once the other side is closed
                if select.select([self.terminal], [], [], 0.1)[0]:
                    os.read(self.terminal, 1 << 16)
            except OSError:
                time.sleep(0.05)
        if ended[0] == 0:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(ended[1]) if ended[0] else -9


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*")
def test_ctrl_c_stops_a_tool_that_hangs_and_ctrl_d_leaves_all_the_same(environment: dict[str, str]):
    keyboard = Keyboard(environment)
    try:
        keyboard.until("starting …")
        keyboard.until("\r\x1b[K")  # it is gone before anything else is said
        keyboard.until("Ctrl-D leaves.")
        keyboard.until(PROMPT)
        keyboard.press("Is 240 A, 21.4 V and 8 mm/s normal?\r")
        keyboard.until("running detect_anomaly")
        keyboard.press("\x03")
        keyboard.until("Stopped; the conversation is as it was before this question.")
        keyboard.until(PROMPT)
        keyboard.press(f"{QUESTION}\r")
        keyboard.until("For current 188 A")
        keyboard.until(PROMPT)
        keyboard.press("\x04")
        keyboard.until("Resume with: waam chat --resume monday")
    finally:
        code = keyboard.close()
    assert code == 0
