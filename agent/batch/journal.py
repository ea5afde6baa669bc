"""The output file as its own journal: each line is written whole and at once, and only whole lines count when it is read again.

A kill can tear the last line, and in a `.gz`, where each line is a gzip member of its own, the last member; what is torn is dropped at the
next start, in one atomic step together with the lines that are to be asked again.
"""

import gzip
import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from filelock import FileLock, Timeout

from agent.batch import lines
from agent.batch.lines import START, Form, Line
from agent.errors import BadInput, WaamError

SYNC_S = 5.0
_GZIP = 31  # zlib's number for a gzip member
_BLOCK = 1 << 16


class Journal:
    """One output file, held by one run at a time. Raises BadInput, one sentence, where it cannot be one."""

    def __init__(self, target: Path, form: Form) -> None:
        self.name, self.form = target.name, form
        self.path = target.resolve()  # a link stays a link
        if os.path.exists(self.path) and not self.path.is_file():  # unlike Path.exists, no for a name that is too long as well
            raise BadInput(f"{target} is no file; give another output file, or `-o -` for standard output.")
        if not self.path.parent.is_dir():
            raise BadInput(f"There is no folder {target.parent}; make it, or give another output file.")
        self.packed = self.path.suffix == ".gz"
        self.torn = False
        self._out: BinaryIO | None = None
        self._synced = time.monotonic()
        self._lock = FileLock(self.path.with_name(f".{self.path.name}.lock"))

    def __enter__(self) -> "Journal":
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise BadInput(f"Another `waam batch` is writing {self.name}; wait for it, or give another output file.") from None
        except OSError as wrong:
            raise self._no_place(wrong) from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._out is not None:
            os.fsync(self._out.fileno())
            self._out.close()
        self._lock.release()

    def lines(self) -> Iterator[Line]:
        """The whole lines; afterwards `torn` says whether more stands behind them. Raises BadInput for a file that holds anything else, so
        that a mistyped name costs nobody a file."""
        return (line for _, line in self._read())

    def keep(self, kept: Callable[[Line], bool]) -> None:
        """Drop the other lines and what is torn, all or nothing, whenever the run is killed."""
        fresh = self.path.with_name(f".{self.path.name}.kept")
        try:
            with gzip.open(fresh, "wb") if self.packed else fresh.open("wb") as out:
                out.writelines(raw for raw, line in self._read() if kept(line))
            with fresh.open("rb") as copy:
                os.fsync(copy.fileno())
            shutil.copymode(self.path, fresh)
            fresh.replace(self.path)
        except OSError as wrong:
            raise self._unwritable(wrong) from None
        finally:
            fresh.unlink(missing_ok=True)

    def open(self) -> None:
        """Before the first line is added, so that a place where nothing can be written is found before anything is asked."""
        try:
            self._out = self.path.open("ab", buffering=0)
        except OSError as wrong:
            raise self._no_place(wrong) from None

    def add(self, line: bytes) -> None:
        """One more line; it survives the end of this process from here on, and a power cut a few seconds later."""
        assert self._out is not None, "open comes first"
        data = memoryview(gzip.compress(line, 6, mtime=0) if self.packed else line)
        try:
            while data:
                data = data[self._out.write(data) :]
            if time.monotonic() - self._synced > SYNC_S:
                os.fsync(self._out.fileno())
                self._synced = time.monotonic()
        except OSError as wrong:
            raise self._unwritable(wrong) from None

    def _read(self) -> Iterator[tuple[bytes, Line]]:
        self.torn = False
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            rest = b""
            try:
                for raw in self._unpacked(file) if self.packed else file:
                    if not raw.endswith(b"\n"):  # only the last one can lack its end
                        rest = raw
                        break
                    line = lines.read(raw)
                    if line.form != self.form:
                        raise BadInput(f"{self.name} holds answers in the form `--format {line.form}`; give that, or another output file.")
                    yield raw, line
            except (ValueError, KeyError, TypeError, AttributeError, zlib.error):
                raise self._something_else() from None
        if rest and not rest.startswith(START[: len(rest)]):
            raise self._something_else()
        self.torn = self.torn or bool(rest)

    def _unpacked(self, file: BinaryIO) -> Iterator[bytes]:
        """The lines of any number of gzip members, each as long as the data goes; sets `torn` where the last member has no end."""
        member, rest = zlib.decompressobj(_GZIP), b""
        begun = False
        while block := file.read(_BLOCK):
            while block:
                if member.eof:
                    member = zlib.decompressobj(_GZIP)
                begun = True
                *whole, rest = (rest + member.decompress(block)).split(b"\n")
                yield from (line + b"\n" for line in whole)
                block = member.unused_data
        self.torn = begun and not member.eof
        if rest:
            yield rest

    def _something_else(self) -> BadInput:
        return BadInput(f"{self.name} holds something else than answers of `waam batch`; give another output file.")

    def _no_place(self, wrong: OSError) -> BadInput:
        return BadInput(f"{self.name} cannot be written ({wrong.strerror or wrong}); give another output file.")

    def _unwritable(self, wrong: OSError) -> WaamError:
        return WaamError(f"{self.name} cannot be written ({wrong.strerror or wrong}); mend that and run again: what is answered is kept.")
