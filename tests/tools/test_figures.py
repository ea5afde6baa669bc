"""How plots look: any name is drawn, pages get the same text each time, and matplotlib is left as it was."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from tools import figures

KOREAN = "코사인 유사도의 정의와 용도는 무엇인가"


@figures.styled
def bars(*values: float, names: tuple[str, ...] = ()) -> Figure:
    figure, axes = figures.named_rows(list(names) or [f"bar {i}" for i in range(len(values))], 24)
    axes.barh(range(len(values)), values, color=figures.BLUE, label="share")
    for place, value in enumerate(values):
        figures.beside(axes, value, place, f"{value:g} J/mm")
    figures.legend(figure)
    return figure


def texts(figure: Figure) -> str:
    return " ".join(" ".join(ET.fromstring(figures.svg(figure)).itertext()).replace("\u00a0", " ").split())


def test_names_of_any_kind_are_drawn_as_they_are():
    shown = texts(bars(1, 2, 3, 4, names=("price $5 or $6", "<b>&amp;</b>", KOREAN, "line\nbreak\x00")))
    for name in ("price $5 or $6", "<b>&amp;</b>", KOREAN[:8], "line break"):  # it parsed, and no glyph was missed (warnings are errors)
        assert name in shown


def test_a_long_name_is_cut_to_its_lines_and_wide_letters_count_twice():
    assert figures.shown("travel speed of the torch", 12) == "travel…"
    assert figures.shown("travel speed of the torch", 12, lines=2) == "travel speed\nof the torch"
    assert figures.shown("travel speed of the torch", 12, lines=9).splitlines() == ["travel speed", "of the torch"]
    assert len(figures.shown(KOREAN, 20)) <= 12 < len(figures.shown("l" + "etters " * 9, 20))


def test_bars_stand_under_each_other_with_their_numbers_beside_them():
    axes = bars(2, 5).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["bar 0", "bar 1"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first name on top
    assert [(note.get_text(), note.xy) for note in axes.texts] == [("2 J/mm", (2, 0)), ("5 J/mm", (5, 1))]
    assert bars(*range(20)).get_figheight() > 2 * bars(1, 2).get_figheight() and "J/mm" not in texts(bars())


def test_svg_is_the_same_each_time_and_fits_any_page():
    one, again = (figures.svg(bars(1, 2)) for _ in range(2))
    other = figures.svg(bars(2, 2))
    figure = bars(1, 2)
    assert one == again == figures.svg(figure) == figures.svg(figure)
    assert not set(re.findall(r'\bid="([^"]+)"', one)) & set(re.findall(r'\bid="([^"]+)"', other))
    used = re.findall(r'(?:href="#|url\(#)([^")]+)', one)
    assert used and set(used) <= set(re.findall(r'\bid="([^"]+)"', one))
    assert "currentColor" in one and figures.INK not in one and "<date" not in one and one.startswith("<svg ")
    assert not re.search(r'(?:src|href)="(?!#|data:)', one)


def test_plots_leave_matplotlib_as_it_was():
    before = dict(matplotlib.rcParams)
    figures.svg(bars(1, 2))
    assert dict(matplotlib.rcParams) == before


def test_saved_plots_are_on_white_and_640_wide(tmp_path: Path):
    figure = bars(1, 2)
    image = matplotlib.image.imread(figures.save(figure, tmp_path / "b.png"))
    assert image.shape[1] == 1280 and (image[0, 0, :3] == 1).all()
    written = figures.save(figure, tmp_path / "b.svg").read_text(encoding="utf-8")
    assert figures.INK in written and ET.fromstring(written).attrib["viewBox"].split()[2] == "480"
