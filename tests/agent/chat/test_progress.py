"""What is seen while a turn runs."""

from agent.chat.progress import Progress


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_steps_have_their_times_and_side_by_side_is_one():
    clock = Clock()
    progress = Progress(clock)
    for at, words in ((0.5, "routing"), (1.5, "running detect_anomaly"), (1.5, "running search_knowledge"), (2.0, "writing")):
        clock.now = at
        progress.hear("progress", words)
    clock.now = 4.25
    assert progress.line == "routing 1.5 s · running detect_anomaly, search_knowledge 0.5 s · writing 2.2 s"


def test_a_draft_is_called_one_and_its_end_is_seen(terminal):
    progress = Progress(Clock())
    progress.hear("progress", "writing")
    for number in range(60):
        progress.hear("token", f"word{number:02} \x1b[2J\n")
    terminal.screen.show(progress)
    lines = terminal.lines()
    assert lines[0] == "Draft, not checked yet:" and "word59" in "".join(lines) and "word01" not in "".join(lines) and len(lines) < 24
    assert "\x1b" not in "".join(lines)


def test_no_line_is_so_full_that_the_echo_of_ctrl_c_begins_a_new_one(terminal):
    for words in ("x" * length for length in range(1, 90)):
        progress = Progress(Clock())
        progress.hear("progress", words)
        terminal.screen.show(progress)
        assert max(map(len, terminal.lines())) <= 77


def test_a_repair_begins_a_new_draft(terminal):
    progress = Progress(Clock())
    for kind, words in (("token", "wrong"), ("progress", "checking again"), ("progress", "writing"), ("token", "right")):
        progress.hear(kind, words)
    terminal.screen.show(progress)
    shown = "".join(terminal.lines())
    assert "right" in shown and "wrong" not in shown
