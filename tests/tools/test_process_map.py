"""The process map: which settings, what is marked, and that the colours are the model's."""

from pathlib import Path

import numpy as np
import pytest

from tests.tools.fakes import REQUIRED
from tests.tools.process_models import write_process_models
from tools.conditions import ProcessConditions
from tools.goals import Sound
from tools.ladders import Ladder, Space
from tools.outcome import outcome_of
from tools.process_grid import axes_of, process_grid
from tools.process_map import process_map
from tools.result import ToolInputError
from tools.settings_search import Search, search
from tools.surrogate import Surrogate

BASE = ProcessConditions.of(REQUIRED)  # type: ignore[arg-type]
LADDERS = (Ladder.of("voltage_v", 22.0, 12.0, 36.0), Ladder.of("travel_speed_mm_s", 8.0, 2.5, 30.0), Ladder.of("current_a", 180.0, 60.0, 320.0))
SPACE = Space(BASE, LADDERS)


@pytest.fixture
def searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Surrogate, Sound, Search]:
    monkeypatch.setenv("WAAM_HOME", str(write_process_models(tmp_path)))
    sound = Sound(outcome_of("anomaly", BASE), 0.8)
    surrogate = Surrogate({"anomaly": sound.encoder}, SPACE)
    return surrogate, sound, search(SPACE, surrogate, [sound])


def test_the_settings_that_the_proposal_changes_most_are_drawn(searched: tuple[Surrogate, Sound, Search]):
    assert 1 in axes_of(SPACE, searched[2], None)
    assert axes_of(SPACE, searched[2], ["current_a", "voltage_v"]) == (2, 0)
    for wrong in (["current_a"], ["current_a", "ctwd_mm"], []):
        with pytest.raises(ToolInputError, match="two of the settings that may change, voltage, travel speed, current"):
            axes_of(SPACE, searched[2], wrong)


def test_the_present_and_the_proposal_are_marked_inside_the_trained_range(searched: tuple[Surrogate, Sound, Search]):
    surrogate, sound, found = searched
    axes = process_map(process_grid(BASE, SPACE, surrogate, sound, found, (0, 1))).axes[0]
    at = {line.get_label(): (line.get_xdata(), line.get_ydata()) for line in axes.lines if len(np.atleast_1d(line.get_xdata())) == 1}
    assert [float(np.asarray(v)[0]) for v in at["present"]] == [22, 8]
    assert [float(np.asarray(v)[0]) for v in at["proposed"]] == [22, 5.6]
    frame = axes.patches[0].get_bbox()  # type: ignore[attr-defined]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == pytest.approx((12, 36, 2.5, 30))


def test_the_contour_lies_where_the_model_has_the_wanted_probability(searched: tuple[Surrogate, Sound, Search]):
    surrogate, sound, found = searched
    axes = process_map(process_grid(BASE, SPACE, surrogate, sound, found, (0, 1))).axes[0]
    contour = axes.collections[-1].get_paths()[0].vertices
    assert np.asarray(contour)[:, 1] == pytest.approx(8 / 4**0.25, abs=0.1)  # 5.657 mm/s, whatever the voltage


def test_a_demo_model_is_named_in_the_title(searched: tuple[Surrogate, Sound, Search]):
    surrogate, sound, found = searched
    figure = process_map(process_grid(BASE, SPACE, surrogate, sound, found, (0, 1)))
    assert "demo (synthetic) model" in figure._suptitle.get_text()  # type: ignore[attr-defined]
