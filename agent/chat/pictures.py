"""Pictures inside a terminal that can show them, by the protocol of kitty or of iTerm2; elsewhere the answer names the file.

Inside tmux or screen neither gets through, and no terminal is asked: a question over a slow line may be answered into the next prompt.
"""

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

CHUNK = 4096  # the most that kitty takes at once
MOST_BYTES = 4_000_000
Protocol = Literal["kitty", "iterm2"]


def protocol(environment: Mapping[str, str] = os.environ) -> Protocol | None:
    """Which protocol this terminal is known to speak."""
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if "TMUX" in environment or term.startswith(("screen", "tmux")):
        return None
    if "KITTY_WINDOW_ID" in environment or term in ("xterm-kitty", "xterm-ghostty") or program == "ghostty":
        return "kitty"
    if program in ("iTerm.app", "WezTerm") or environment.get("LC_TERMINAL") == "iTerm2":  # LC_TERMINAL comes along over ssh
        return "iterm2"
    return None


def escape(png: Path, by: Protocol, columns: int) -> str:
    """The sequence that draws a PNG file in at most `columns` columns; empty where it is too large or cannot be read."""
    try:
        picture = png.read_bytes() if png.stat().st_size <= MOST_BYTES else b""
    except OSError:
        return ""
    if not picture.startswith(b"\x89PNG"):
        return ""
    data = base64.b64encode(picture).decode("ascii")
    if by == "iterm2":
        return f"\x1b]1337;File=inline=1;size={len(picture)};width={columns};preserveAspectRatio=1:{data}\x07\n"
    chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    first = f"a=T,f=100,q=2,c={columns},"  # q=2: the terminal answers nothing, which would be read as typed
    return "".join(f"\x1b_G{'' if at else first}m={int(at + 1 < len(chunks))};{chunk}\x1b\\" for at, chunk in enumerate(chunks)) + "\n"
