"""Plots in a terminal."""

import base64
import re
from pathlib import Path

import pytest

from agent.chat.pictures import CHUNK, escape, protocol

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


@pytest.mark.parametrize(("environment", "spoken"), [
    ({"TERM": "xterm-kitty"}, "kitty"), ({"KITTY_WINDOW_ID": "1", "TERM": "xterm-256color"}, "kitty"), ({"TERM_PROGRAM": "iTerm.app"}, "iterm2"),
    ({"LC_TERMINAL": "iTerm2", "TERM": "xterm-256color"}, "iterm2"), ({"TERM_PROGRAM": "WezTerm"}, "iterm2"), ({"TERM": "xterm-256color"}, None),
    ({"TERM": "xterm-kitty", "TMUX": "/tmp/x"}, None), ({"TERM": "screen-256color", "LC_TERMINAL": "iTerm2"}, None), ({}, None),
])  # fmt: skip
def test_who_speaks_what(environment: dict[str, str], spoken: str | None):
    assert protocol(environment) == spoken


def test_kitty_gets_it_in_pieces_that_make_it_up(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(PNG)
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", escape(tmp_path / "a.png", "kitty", 72))
    assert base64.b64decode("".join(data for _, data in pieces)) == PNG and all(len(data) <= CHUNK for _, data in pieces)
    assert pieces[0][0] == "a=T,f=100,q=2,c=72,m=1" and [keys for keys, _ in pieces[1:]] == ["m=1"] * (len(pieces) - 2) + ["m=0"]


def test_iterm2_gets_it_whole(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(PNG)
    match = re.fullmatch(r"\x1b]1337;File=inline=1;size=(\d+);width=72;preserveAspectRatio=1:(.*)\x07\n", escape(tmp_path / "a.png", "iterm2", 72))
    assert match and int(match[1]) == len(PNG) and base64.b64decode(match[2]) == PNG


def test_what_is_no_picture_draws_nothing(tmp_path: Path):
    (tmp_path / "a.png").write_text("\x1b]0;owned\x07")
    assert escape(tmp_path / "a.png", "kitty", 72) == "" == escape(tmp_path / "none.png", "iterm2", 72)
