"""Tables as loggers write them: where the data begin, what separates them, and files that hold none."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tools.log_table import chunks, inspect
from tools.result import ToolInputError

ROWS = "0.0;180.1;22\n0.1;181.2;22.5\n0.2;179.5;21\n"


def table(tmp_path: Path, text: str | bytes):
    (tmp_path / "log.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return inspect(tmp_path / "log.csv")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "   "])
def test_the_separator_is_found(tmp_path: Path, separator: str):
    found = table(tmp_path, ("t;I;U\n" + ROWS).replace(";", separator))
    assert (found.names, found.decimal, len(found.sample)) == (("t", "I", "U"), ".", 3)


def test_a_decimal_comma_is_found(tmp_path: Path):
    found = table(tmp_path, ("t;I;U\n" + ROWS).replace(".", ","))
    assert found.decimal == ","
    [chunk] = chunks(found, [0, 1, 2])
    assert chunk[1].tolist() == [180.1, 181.2, 179.5]


@pytest.mark.parametrize(
    ("before", "names", "units"),
    [
        ("t;I;U\n", ("t", "I", "U"), ("", "", "")),
        ("t;I;U\ns;A;V\n", ("t", "I", "U"), ("s", "A", "V")),
        ("t;I;U\n[s];[A];[V]\n", ("t", "I", "U"), ("[s]", "[A]", "[V]")),
        ("# a logger\n# Operator: Kim\n\nt;I;U\n", ("t", "I", "U"), ("", "", "")),
        ("#t;I;U\n", ("t", "I", "U"), ("", "", "")),
        ("\ufefft;I;U\n", ("t", "I", "U"), ("", "", "")),
        ("t;I;I\n", ("t", "I", "I #2"), ("", "", "")),
        ("", ("column 1", "column 2", "column 3"), ("", "", "")),
    ],
)
def test_what_stands_before_the_data(tmp_path: Path, before: str, names: tuple[str, ...], units: tuple[str, ...]):
    found = table(tmp_path, before + ROWS)
    assert (found.names, found.units, found.has_header) == (names, units, bool(before))
    assert found.sample[0] == ("0.0", "180.1", "22")
    assert sum(len(chunk) for chunk in chunks(found, [0])) == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str):
    found = table(tmp_path, ("Zeit;Schweißstrom;Spannung\n" + ROWS).encode(encoding))
    assert found.names == ("Zeit", "Schweißstrom", "Spannung")
    assert sum(len(chunk) for chunk in chunks(found, [0, 2])) == 3


def test_rows_may_be_short_or_long(tmp_path: Path):
    found = table(tmp_path, "t,I,U,remarks\n0,1,2\n1,2,3\n2,3,4\n3,4\n4,5,6\n5,6,7\n")
    [chunk] = chunks(found, [0, 2, 3])
    assert chunk[0].tolist() == [0, 1, 2, 3, 4, 5] and chunk[2].isna().sum() == 1 and chunk[3].isna().all()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"), (b" \n\n", "is empty"), (bytes(range(256)) * 9, "is binary"), (b"PK\x03\x04abc", "save the log as CSV"),
        (b"t,I,U\n", "no rows of numbers"), (b"Dear all,\nthe weld was good.\n", "no rows of numbers"),
        (b"t,I,U\n0,1,180,2,22,5\n0,2,181,2,22,4\n0,3,181,2,22,3\n", "export it with semicolons"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_one_sentence(tmp_path: Path, content: bytes, said: str):
    with pytest.raises(ToolInputError, match=said) as raised:
        table(tmp_path, content)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("path", ["nothing.csv", "a\0b", "."])
def test_what_cannot_be_opened(path: str):
    with pytest.raises(ToolInputError, match="cannot be opened"):
        inspect(Path(path))


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(alphabet="0123456789.,;\t\n -:AVabc\"'[]()", max_size=300).map(str.encode)))
@example(content=b'"\n,0')  # a quotation that hides every row
def test_any_bytes_give_a_table_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes):
    path = tmp_path_factory.mktemp("any") / "log.csv"
    path.write_bytes(content)
    try:
        found = inspect(path)
        rows = sum(len(chunk) for chunk in chunks(found, range(len(found.names))))
    except ToolInputError as error:
        assert str(error).endswith(".") and "\n" not in str(error)
    else:
        assert len(set(found.names)) == len(found.names) and rows >= 1
