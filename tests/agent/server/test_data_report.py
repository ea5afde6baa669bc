"""The data report over HTTP: what was uploaded, never a path."""

from pathlib import Path

import pytest
from starlette.datastructures import FormData

from tests.agent.server.conftest import Serve

ROWS = [f"The current is {150 + n} A and the voltage is 21 V.,{'Normal' if n % 2 else 'Humping'}\n" for n in range(12)]
CSV = ("input,output\n" + "".join(ROWS)).encode()
MAKE = "/page/data-report"


def test_a_file_becomes_a_page_without_scripts(serve: Serve):
    pytest.importorskip("finetune.data_report")  # loaded before anybody waits for it
    client = serve().http()
    reply = client.post(MAKE, files={"train": ("beads.csv", CSV), "test": ("more.csv", CSV)}, data={"kind": "labels"})
    assert reply.status_code == 200, reply.text
    assert any("test" in line for line in reply.json()["findings"]), "the second file repeats the first"
    page = client.get(reply.json()["url"])
    assert "<h1>Data report</h1>" in page.text and "Humping" in page.text
    assert "sandbox" in page.headers["content-security-policy"] and "script-src" not in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("files", "fields", "words"),
    [
        ({}, {"kind": "labels"}, "cannot be read|under the name train"),
        ({"train": ("beads.csv", CSV)}, {"kind": "colours"}, "kind must be one of"),
        ({"train": ("beads.exe", CSV)}, {"kind": "labels"}, "must end in"),
        (
            {"train": ("beads.csv", b"a,b\n1,2\n")},
            {"kind": "labels"},
            "train.csv needs the text column and the target column named; its columns are a, b.",
        ),
        ({"train": ("../../etc/passwd.json", b"{")}, {"kind": "labels"}, "train.json is not valid JSON"),
        ({"train": ("beads.csv", CSV)}, {"kind": "labels", "text": "colour"}, "colour"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(serve: Serve, files: dict, fields: dict, words: str):
    pytest.importorskip("finetune.data_report")  # loaded before anybody waits for it
    reply = serve().http().post(MAKE, files=files or {"other": ("x", b"")}, data=fields)
    assert reply.status_code == 400 and any(part in reply.text for part in words.split("|")), reply.text
    assert "/tmp" not in reply.text and "--" not in reply.text


def test_no_option_of_the_command_line_is_advised_however_it_is_worded(serve: Serve, monkeypatch: pytest.MonkeyPatch):
    records = pytest.importorskip("finetune.records")

    def load(*given: object) -> None:
        raise records.DataError("Something else is wrong; give --whatever.")

    monkeypatch.setattr(records, "load", load)
    reply = serve().http().post(MAKE, files={"train": ("beads.csv", CSV)}, data={"kind": "labels"})
    assert reply.status_code == 400 and "--" not in reply.text and "needs the text column" in reply.text


def test_what_was_uploaded_is_closed_also_if_it_is_refused(serve: Serve, monkeypatch: pytest.MonkeyPatch):
    closed = []
    close = FormData.close

    async def counted(form: FormData) -> None:
        closed.append(await close(form))

    monkeypatch.setattr(FormData, "close", counted)
    assert serve().http().post(MAKE, files={"train": ("beads.exe", CSV)}, data={"kind": "labels"}).status_code == 400
    assert len(closed) >= 1


def test_a_path_is_no_file(serve: Serve, tmp_path: Path):
    reply = serve().http().post(MAKE, files={"other": ("x.csv", b"")}, data={"train": "/etc/passwd", "kind": "labels"})
    assert reply.status_code == 400 and "under the name train" in reply.text


def test_it_is_limited_and_forgotten(serve: Serve):
    client = serve(upload_mb=1).http()
    assert client.post(MAKE, files={"train": ("beads.csv", b"x" * 1_200_000)}, data={"kind": "labels"}).status_code == 413
    assert client.get("/reports/guessed").status_code == 404


def test_without_the_training_libraries_it_says_so(serve: Serve, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "finetune.data_report", None)
    reply = serve().http().post(MAKE, files={"train": ("beads.csv", CSV)}, data={"kind": "labels"})
    assert reply.status_code == 503 and "finetune dependencies" in reply.json()["error"]["message"]
