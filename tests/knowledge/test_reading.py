"""Files of the user's: what is read of each kind, with its place, and what is refused in one sentence."""

from pathlib import Path

import pytest

from knowledge import reading
from knowledge.errors import DocumentError
from knowledge.reading import Part, clean, read
from tests.knowledge.pdfs import pdf


class TestPdf:
    def test_page_by_page_with_its_own_title(self, tmp_path: Path):
        pages = [["Humping began at 14 mm/s", "and 210 A."], ["Spatter came from the tip."]]
        found = read(pdf(tmp_path / "a.pdf", pages, title="Wall study"))
        parts = (Part("page 1", "Humping began at 14 mm/s\nand 210 A."), Part("page 2", "Spatter came from the tip."))
        assert (found.title, found.parts, found.note) == ("Wall study", parts, "")

    def test_korean_and_signs_come_out_as_they_were_written(self, tmp_path: Path):
        found = read(pdf(tmp_path / "a.pdf", [["이송 속도가 14 mm/s를 넘으면 험핑이 생긴다.", "1.6 µm, 180 °C, 17.3 mm²"]]))
        assert found.text == "이송 속도가 14 mm/s를 넘으면 험핑이 생긴다.\n1.6 µm, 180 °C, 17.3 mm²"

    @pytest.mark.parametrize(("stated", "title"), [
        ("Wall study", "Wall study"), ("Microsoft Word - Wall study", "Wall study"), ("Microsoft Word - a1.docx", "my file"), ("untitled", "my file"),
        ("", "my file"), (None, "my file"),
    ])  # fmt: skip
    def test_a_title_that_is_none_gives_way_to_the_files_name(self, tmp_path: Path, stated: str | None, title: str):
        assert read(pdf(tmp_path / "my file.pdf", [["Some words."]], title=stated)).title == title

    def test_a_word_that_a_line_break_parts(self, tmp_path: Path):
        found = read(pdf(tmp_path / "a.pdf", [["Titanium walls. The tita-", "nium and low-", "alloy wire of AA-", "7075, 10-", "20 mm."]]))
        assert found.text == "Titanium walls. The titanium and low-alloy wire of AA-\n7075, 10-\n20 mm."

    def test_pages_without_text_are_told(self, tmp_path: Path):
        found = read(pdf(tmp_path / "a.pdf", [["Some words."], [], ["More words."]]))
        assert [part.heading for part in found.parts] == ["page 1", "page 3"]
        assert found.note == "1 of 3 pages hold no text, only pictures; run OCR on it to have them too."

    def test_no_more_is_read_than_is_enough(self, tmp_path: Path):
        path = pdf(tmp_path / "a.pdf", [["word " * 10], ["word " * 10], ["the end"]])
        assert "the end" not in read(path, enough=60).text and "the end" in read(path, enough=1000).text

    def test_one_that_only_forbids_printing_is_read(self, tmp_path: Path):
        assert read(pdf(tmp_path / "a.pdf", [["Some words."]], owner="secret")).text == "Some words."

    @pytest.mark.parametrize(("make", "said"), [
        (lambda path: pdf(path, [[], []]), "a.pdf holds no text, only pictures of it; run OCR on it, such as `ocrmypdf`, and name the result."),
        (lambda path: pdf(path, [["x"]], password="secret"), "a.pdf is encrypted; save a copy without a password and name that."),
        (lambda path: path.write_bytes(b"%PDF-1.7\nhello"), "a.pdf is damaged or no PDF; open it and save or print it as a PDF again."),
        (lambda path: path.write_bytes(pdf(path, [["x" * 50]]).read_bytes()[:300]), "a.pdf is damaged or no PDF;"),
        (lambda path: path.write_bytes(b""), "a.pdf is empty; save it again, or name another file."),
    ])  # fmt: skip
    def test_what_cannot_be_read_is_one_sentence(self, tmp_path: Path, make, said: str, capfd):
        make(tmp_path / "a.pdf")
        with pytest.raises(DocumentError) as refused:
            read(tmp_path / "a.pdf")
        assert str(refused.value).startswith(said) and "\n" not in str(refused.value) and capfd.readouterr().err == ""

    def test_too_many_pages(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(reading, "MOST_PAGES", 2)
        with pytest.raises(DocumentError, match=r"a.pdf has 3 pages and the limit is 2; cut out the chapters that matter."):
            read(pdf(tmp_path / "a.pdf", [["x"], ["y"], ["z"]]))


class TestMarkdown:
    TEXT = (
        "---\nauthor: Kim\n---\n# Wall *study*\n\nWe built walls.\n\n## Results\n\n### Humping\n\nIt began at `14 mm/s`.\n\n```\n# no heading\n```\n"
        "\n### Spatter\n\nFrom the tip.\n\n## 결론\n\n| A | mm/s |\n|---|---|\n| 210 | 14 |\n"
    )

    def test_each_heading_with_those_above_it_and_the_line_where_its_text_begins(self, tmp_path: Path):
        (tmp_path / "a.md").write_text(self.TEXT)
        found = read(tmp_path / "a.md")
        assert found.title == "Wall study"
        assert [(part.heading, part.line) for part in found.parts] == [("", 5), ("Results > Humping", 11), ("Results > Spatter", 19), ("결론", 23)]
        assert "# no heading" in found.parts[1].text and "author" not in found.text and "| 210 | 14 |" in found.parts[3].text

    def test_without_any_heading_it_is_called_by_its_file(self, tmp_path: Path):
        (tmp_path / "shop rules.md").write_text("Keep it at 9 mm/s.")
        assert read(tmp_path / "shop rules.md") == ("shop rules", (Part("", "Keep it at 9 mm/s.", 1),), "")


class TestText:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_as_editors_save_it(self, tmp_path: Path, encoding: str):
        (tmp_path / "rules.txt").write_text("층간 온도는 150 °C 이하.\r\n", encoding=encoding)
        assert read(tmp_path / "rules.txt").text.strip() == "층간 온도는 150 °C 이하."

    @pytest.mark.parametrize(("name", "content", "said"), [
        ("a.txt", "층간".encode("cp949"), "a.txt is not UTF-8 text; save it as UTF-8."),
        ("a.txt", b" \n\n", "a.txt is empty;"), ("a.md", b"# Title alone\n", "a.md is empty;"),
        ("a.docx", b"PK", "a.docx is of a kind that is not read (.pdf, .md, .markdown, .txt are); save it as PDF or as text."),
    ])  # fmt: skip
    def test_what_cannot_be_read_is_one_sentence(self, tmp_path: Path, name: str, content: bytes, said: str):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DocumentError) as refused:
            read(tmp_path / name)
        assert str(refused.value).startswith(said) and "\n" not in str(refused.value)

    def test_what_is_no_file_or_too_large(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        with pytest.raises(DocumentError, match=r"is a folder; name the files in it, such as .*/\*.pdf."):
            read(tmp_path)
        with pytest.raises(DocumentError, match=r"There is no file .*none.txt; check the path."):
            read(tmp_path / "none.txt")
        (tmp_path / "a.txt").write_text("word " * 500)
        monkeypatch.setattr(reading, "MOST_MB", 0.001)
        with pytest.raises(DocumentError, match="cut out the chapters that matter"):
            read(tmp_path / "a.txt")


def test_what_is_not_seen_but_does_something_is_cleaned_away():
    assert clean("ﬁlm of tita\u00adnium\r\n\x1b[31mred\u202e\u1100\u1161") == "film of titanium\n [31mred 가"
