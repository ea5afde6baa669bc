"""The files of a conversation: which are opened, which names a text holds, and what is said where one is not here."""

from pathlib import Path

import pytest

from agent.attached import files
from agent.errors import BadInput
from tests.cost import growth


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "run_200A.csv"
    path.write_text("t,I,U\n")
    return path


class TestGiven:
    def test_a_log_and_a_mapping(self, log: Path):
        mapping = log.with_name("map.yaml")
        mapping.write_text("{}")
        assert files.given([log, str(mapping)], 1) == [str(log), str(mapping)]

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("none.csv", None, "There is no file .*none.csv; check the path."),
            ("passwd", "root:x", "passwd is no log by its name; a log ends in .csv, .tsv"),
            ("model.onnx", "x", "model.onnx is no log by its name"),
            ("paper.pdf", "x", "paper.pdf is no log; `waam knowledge add` has answers cite it."),
            ("big.csv", "x" * 2_000_001, "big.csv has 2 MB and the limit is 1 MB; use `waam tool analyze_log`"),
        ],
    )
    def test_what_is_not_read_is_one_sentence(self, tmp_path: Path, name: str, content: str | None, said: str):
        if content is not None:
            (tmp_path / name).write_text(content)
        with pytest.raises(BadInput, match=said) as refused:
            files.given([tmp_path / name], 1)
        assert "\n" not in str(refused.value)

    def test_a_folder_is_no_file(self, tmp_path: Path):
        (tmp_path / "runs.csv").mkdir()
        with pytest.raises(BadInput, match="There is no file"):
            files.given([tmp_path / "runs.csv"], 1)


class TestKind:
    TABLE = "time current voltage\n" + "\n".join(f"{t} {188 + t} 21.4" for t in range(20))
    BEADS = "id,Current (A),Voltage (V)\nA1,188,21.4\nA2,240,26\n"

    @pytest.mark.parametrize(("name", "text", "is_a"), [
        ("shift.txt", "Humping on layer 3, gas flow 12 L/min.\nStopped at 14:30.", "note"), ("a.md", "# Shift", "note"),
        ("log.txt", TABLE, "log"), ("run.csv", "t,I\n", "log"), ("map.json", "{}", "mapping"), ("Beads.CSV", BEADS, "rows"),
        ("paper.PDF", "%PDF-1.7", "document"),
    ])  # fmt: skip
    def test_what_it_is_for(self, tmp_path: Path, name: str, text: str, is_a: str):
        (tmp_path / name).write_text(text)
        assert files.kind(tmp_path / name) == is_a

    def test_anything_else_is_one_sentence(self, tmp_path: Path):
        with pytest.raises(BadInput, match=r"paper\.docx cannot be read here; logs and tables end in \.csv"):
            files.kind(tmp_path / "paper.docx")
        with pytest.raises(BadInput, match="is a folder; give one file of it"):
            files.kind(tmp_path)

    def test_a_table_of_settings_with_a_mapping_is_a_log(self, tmp_path: Path, log: Path):
        (tmp_path / "beads.csv").write_text(self.BEADS)
        table = files.beads([str(tmp_path / "beads.csv")], 1)
        assert table is not None and ([row.name for row in table.rows], table.more) == (["A1"], 1)
        assert files.beads([str(tmp_path / "beads.csv"), "map.yaml"], 1) is None and files.beads([str(log)], 1) is None
        assert files.about([str(tmp_path / "beads.csv")]) == files.ABOUT_ROWS and files.about([str(log)]) == files.ABOUT_LOG and not files.about([])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("look at /data/run7.csv", ["/data/run7.csv"]),
        ("What's wrong in ./run7.CSV?", ["./run7.CSV"]),
        ("./run7.csv를 봐줘", ["./run7.csv"]),
        ('read "my runs/run 7.tsv" with map.yaml, please', ["my runs/run 7.tsv", "map.yaml"]),
        ("`~/a.log` and 'b c.txt'", ["~/a.log", "b c.txt"]),
        ("a.csv,b.csv", ["a.csv", "b.csv"]),
        ("run.csvx, run.csv_old and /etc/passwd are none", []),
        ("188 A, 21.4 V and 48 cm/min", []),
        ("look at “run7.csv”", ["run7.csv"]),
        ('Shift note: "arc bad on layer 3, see /home/me/keys.txt for it"', []),
        ('a 0.045" wire in run7.csv, 3" wide', ["run7.csv"]),
    ],
)
def test_names_of_files_in_a_text(text: str, found: list[str]):
    assert files.names(text) == found


def test_of_the_named_files_those_that_are_there(log: Path):
    assert files.named(f"compare {log} with {log.with_name('other.csv')}", 1) == [str(log)]


def test_the_name_of_a_file_states_no_setting():
    assert files.bare("run_200A.csv at 8 mm/s") == "             at 8 mm/s".replace("             at", " " * 12 + " at")


class TestTogether:
    def test_new_logs_replace_those_before(self):
        assert files.together(["a.csv", "m.yaml"], ["b.csv"]) == ["b.csv"]

    def test_without_new_ones_those_before_stay(self):
        assert files.together(["a.csv"], []) == ["a.csv"]

    def test_a_mapping_is_for_the_logs_before(self):
        assert files.together(["a.csv", "old.yaml"], ["new.json"]) == ["a.csv", "new.json"]

    def test_parts(self):
        assert files.parts(["a.csv", "m.YAML", "b.csv", "a.csv"]) == (["a.csv", "b.csv"], "m.YAML")


def test_two_logs_of_one_name_have_plots_of_their_own(tmp_path: Path):
    folders = {files.plots_folder(tmp_path, f"/data/{day}/run.csv") for day in ("mon", "tue")}
    assert len(folders) == 2 and all(Path(folder).parent == tmp_path / "plots" and Path(folder).name.startswith("run-") for folder in folders)


def test_a_log_that_is_not_here_is_asked_for_in_one_sentence():
    assert files.asked_for("What is wrong in this log?").startswith("Which log is meant? To have one read, give one with `waam ask")
    assert files.asked_for("look at run9.csv").startswith("I have no file run9.csv that I may open; give one with `waam ask")


@pytest.mark.parametrize("text", ["the mean current in run7.csv's second layer", "What's the heat input at 180 A in run7.csv's layer?"])
def test_an_apostrophe_quotes_nothing(text: str):
    assert files.names(text) == ["run7.csv"] and ("180 A" in files.bare(text)) == ("180 A" in text)


@pytest.mark.parametrize("character", ["a", "1", ".", ".csvx", "-", "가"])
def test_a_long_run_without_blanks_is_looked_at_once(character: str):
    assert growth(files.bare, lambda length: (character * length)[:length]) < 40
    assert growth(files.names, lambda length: (character * length)[:length]) < 40


@pytest.mark.parametrize("before", ["", "(", "a ", 'a "b" ', "“a” ", "in:", "a,", "가"])
def test_a_name_begins_where_a_run_does(before: str):
    assert files.names(f"{before}run.csv")[-1].endswith("run.csv") and files.bare(f"{before}run.csv").endswith(" " * 7)
