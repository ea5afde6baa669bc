"""Training is measured in a process of its own, and one that fails says why."""

from pathlib import Path

import pytest

from benchmarks.training import main, one_run


def test_the_quick_mode_trains_all_four(tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    result = main(["--quick", "--base", str(tiny_base), "--json", str(tmp_path / "out.json")])
    (run,) = result["runs"]
    assert run["models"] == 4 and result["quick"] is True
    assert run["processor_seconds"] > 0 and 0.1 < run["peak_gib"] < 4, "of the child, which imports torch"
    assert "240 s, 4 GiB" in capsys.readouterr().out and (tmp_path / "out.json").exists()


def test_a_failure_is_told(tmp_path: Path):
    with pytest.raises(RuntimeError, match=r"training stopped with 1: \S"):
        one_run(tmp_path)
