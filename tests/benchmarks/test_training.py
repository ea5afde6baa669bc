"""Training is measured in a process of its own, and one that fails says why."""

from pathlib import Path

import pytest

from benchmarks import training
from benchmarks.training import main


def test_the_quick_mode_trains_all_four(tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    result = main(["--quick", "--base", str(tiny_base), "--json", str(tmp_path / "out.json")])
    (run,) = result["runs"]
    assert run["models"] == 4 and result["quick"] is True
    assert run["processor_seconds"] > 0 and 0.1 < run["peak_gib"] < 4, "of the child, which imports torch"
    assert "240 s, 4 GiB" in capsys.readouterr().out and (tmp_path / "out.json").exists()


def test_each_run_is_measured_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(training, "_CHILD", "import sys; import time; held = bytearray(int(sys.argv[3]) << 20); time.sleep(0.3)")
    large, small = training.one_run(tmp_path, (300,)), training.one_run(tmp_path, (1,))
    assert 0.29 < large["peak_gib"] < 0.6 and small["peak_gib"] < 0.2
    assert small["models"] == 0 and small["seconds"] > 0


def test_a_failure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(training, "_CHILD", "raise SystemExit('there is no encoder')")
    with pytest.raises(RuntimeError, match=r"^training stopped with 1: there is no encoder$"):
        training.one_run(tmp_path)
    monkeypatch.setattr(training, "_CHILD", "import time; time.sleep(60)")
    monkeypatch.setattr(training, "LIMIT", 0.2)
    with pytest.raises(RuntimeError, match="training stopped with -9: nothing said"):
        training.one_run(tmp_path)
