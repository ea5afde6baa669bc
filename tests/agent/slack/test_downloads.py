"""Where files come from and where they go: only from Slack, only into their conversation's folder, only so large."""

from pathlib import Path

import pytest
from slack_sdk import WebClient

from agent.errors import BadInput, WaamError
from agent.slack.downloads import Downloads, of_slack
from agent.slack.incoming import Attached, Incoming
from tests.agent.slack.fake_slack import BOT_TOKEN, FakeSlack

API = "https://slack.com/api/"


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://files.slack.com/files-pri/T1-F1/download/run.csv", True),
        ("https://slack.com/x", True),
        ("https://files.slack-gov.com/x", True),
        ("http://files.slack.com/x", False),
        ("https://files.slack.com.evil.org/x", False),
        ("https://evilslack.com/x", False),
        ("https://files.slack.com@evil.org/x", False),
        ("https://user@files.slack.com/x", False),
        ("file:///etc/passwd", False),
        ("https://169.254.169.254/x", False),
        ("https://[bad", False),
        ("", False),
    ],
)
def test_the_token_goes_to_slack_alone(url: str, ours: bool):
    assert of_slack(url, API) is ours


def test_or_to_the_server_that_has_it_anyway():
    assert of_slack("http://127.0.0.1:5/files/x", "http://127.0.0.1:5/api/") and not of_slack("http://127.0.0.1:6/x", "http://127.0.0.1:5/api/")


def message(*files: dict) -> Incoming:
    attached = [Attached(id=file["id"], name=file["name"], url=file["url_private_download"], size=file["size"]) for file in files]
    return Incoming(team="T1", channel="C1", ts="1.1", root="1.1", user="U1", question="", files=attached)


@pytest.fixture
def downloads(fake: FakeSlack, tmp_path: Path) -> Downloads:
    return Downloads(WebClient(BOT_TOKEN, base_url=f"{fake.url}/api/"), tmp_path / "files", most_mb=1)


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "..\\..\\evil.csv", "/etc/evil.csv", ".evil.csv", "a b;c$(x).csv", "용접.csv", "x" * 300 + ".csv"]
)
def test_a_name_is_no_path(fake: FakeSlack, downloads: Downloads, tmp_path: Path, name: str):
    file = fake.file("plain.csv", b"t,i\n") | {"name": name}
    (path,) = (Path(each) for each in downloads.fetch(message(file)))
    assert path.read_bytes() == b"t,i\n" and path.resolve().is_relative_to(tmp_path / "files") and path.suffix == ".csv"
    assert len(path.relative_to(tmp_path / "files").parts) == 3


def test_larger_than_it_said(fake: FakeSlack, downloads: Downloads, tmp_path: Path):
    with pytest.raises(BadInput, match=r"run\.csv is larger than the limit of 1 MB"):
        downloads.fetch(message(fake.file("run.csv", b"x" * 1_100_000, size=10)))
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def test_a_page_to_sign_in_is_no_file(fake: FakeSlack, downloads: Downloads):
    file = fake.file("run.csv", b"t,i\n")
    del fake.files["run.csv"]
    with pytest.raises(WaamError, match="the scope files:read"):
        downloads.fetch(message(file))


def test_a_file_that_only_has_an_id(fake: FakeSlack, downloads: Downloads):
    fake.files["F77"] = b"t,i\n"
    (path,) = downloads.fetch(message({"id": "F77", "name": "run.csv", "url_private_download": "", "size": 4}))
    assert Path(path).read_bytes() == b"t,i\n" and fake.made("files.info")


def test_a_mapping_beside_its_log_and_too_many_files(fake: FakeSlack, downloads: Downloads):
    found = downloads.fetch(message(fake.file("run.csv", b"t,i\n"), fake.file("map.yaml", b"{}")))
    assert [Path(path).name for path in found] == ["run.csv", "map.yaml"]
    with pytest.raises(BadInput, match="has 6 files and I read up to 5"):
        downloads.fetch(message(*[fake.file(f"{at}.csv", b"x") for at in range(6)]))


def test_what_is_old_is_removed(fake: FakeSlack, downloads: Downloads):
    (path,) = downloads.fetch(message(fake.file("run.csv", b"t,i\n")))
    downloads.prune(1)
    assert Path(path).exists()
    downloads.prune(-1)
    assert not Path(path).exists()
