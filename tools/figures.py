"""How every plot of the project looks and is written: matplotlib Figures without pyplot state.

Colours are those of Okabe and Ito (2008), told apart with any colour vision. Text is INK, which `svg` turns into the colour of
the page's text: the same plot is legible on a light and on a dark page.
"""

import hashlib
import io
import re
import textwrap
import unicodedata
import warnings
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from tools.result import ToolInputError

INK, GRID = "#1a1b1e", "#8a8f98"
BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION = COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
MARKERS, DASHES = "os^Dvx", ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))
WIDTH = 640 / 96  # inches: 640 CSS pixels
_WIDE = [n for n in ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic", "Apple SD Gothic Neo") if n in fontManager.get_font_names()]
STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans", *_WIDE], "font.size": 9, "axes.titlesize": 10, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "auto", "legend.frameon": False, "legend.fontsize": 8.5,
    "text.color": INK, "axes.labelcolor": INK, "axes.titlecolor": INK, "xtick.color": INK, "ytick.color": INK, "axes.edgecolor": GRID,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": False, "grid.color": GRID, "grid.alpha": 0.3, "axes.axisbelow": True,
    "svg.fonttype": "none", "svg.hashsalt": "waam",
}  # fmt: skip

_P = ParamSpec("_P")


def styled(plot: Callable[_P, Figure]) -> Callable[_P, Figure]:
    """For a function that makes a figure: in this style, and laid out once."""

    @wraps(plot)
    def inside(*args: _P.args, **kwargs: _P.kwargs) -> Figure:
        with matplotlib.rc_context(STYLE), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing from font")  # the reader's browser has the glyph
            figure = plot(*args, **kwargs)
            if engine := figure.get_layout_engine():
                engine.execute(figure)  # laid out once: each further drawing would move things a little
            figure.set_layout_engine("none")
        return figure

    return inside


def blank(height: float) -> Figure:
    """An empty figure, WIDTH by `height` inches."""
    made = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasAgg(made)
    return made


def svg(figure: Figure) -> str:
    """The figure as an <svg> element for a page: equal figures give equal text, ids do not collide with other figures', the ink is
    the colour of the text around it, and text stays text (any script, whatever fonts this machine has)."""
    out = io.StringIO()
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor")
    mark = "f" + hashlib.sha256(text.encode()).hexdigest()[:8] + "-"
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{mark}", text)
    return text.replace("<svg ", '<svg role="img" ', 1)


def save(figure: Figure, path: Path) -> Path:
    """Write the figure to `path`: .svg as `svg` makes it, else (.png, .pdf) on white."""
    if path.suffix == ".svg":
        path.write_text(svg(figure).replace("currentColor", INK), encoding="utf-8")
        return path
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(path, dpi=192, facecolor="white")
    return path


def folder_for(path: str) -> Path:
    """The folder for plots, made if it is not there. Raises ToolInputError where nothing can be written."""
    folder = Path(path).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as refused:
        raise ToolInputError(f"Plots cannot be written to {str(path)[:80]!r} ({type(refused).__name__}); name another plots_folder.") from None
    return folder


def legend(figure: Figure) -> None:
    """One legend for all axes, below them."""
    figure.legend(loc="outside lower center", ncols=3)


def named_rows(names: list[str], width: int, each: float = 0.3) -> tuple[Figure, Axes]:
    """A figure for horizontal bars at 0, 1, …, `each` inches high: the first name on top, cut to two lines of `width` letters."""
    lines = [shown(name, width, lines=2, padded=True) for name in names]
    figure = blank(1.0 + max(each * len(names) + 0.12 * sum("\n" in name for name in lines), 0.5))
    axes = figure.subplots()
    axes.set_yticks(range(len(names)), lines)
    axes.set_ylim(max(len(names), 1) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    return figure, axes


def beside(axes: Axes, x: float, y: float, text: str, weight: str = "normal") -> None:
    """Write `text` to the right of the point (x, y), in data coordinates: the number at the end of a bar."""
    axes.annotate(text, (x, y), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5, fontweight=weight)


def shown(name: str, width: int, lines: int = 1, padded: bool = False) -> str:
    """A name of the user's as text of a plot: no formula, nothing unprintable, at most `lines` of `width` Latin letters. Wide letters
    (Korean) count twice; `padded`, spaces before them make up for the width that cannot be measured where no installed font has them."""
    text = " ".join("".join(c if c.isprintable() else " " for c in name).split()).replace("$", r"\$")
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    padded = padded and bool(wide) and not _WIDE
    lines = 1 if padded else lines  # lines of unknown width would not line up
    fitted = textwrap.wrap(text, max(round(width * (1 - 0.5 * wide / max(len(text), 1))), 4), max_lines=lines, placeholder="…")
    if padded:
        fitted = ["\u00a0" * round(1.3 * sum(unicodedata.east_asian_width(c) in "WF" for c in line)) + line for line in fitted]
    return "\n".join(fitted)
