"""Which lines are asked and which are answered: 16 bytes for each, in a temporary SQLite file that a million lines do not fill the memory with."""

import sqlite3

_CACHE_KIB = 8192
_ASKED, _ANSWERED = 0, 1


class Index:
    """Keys of lines. One thread at a time."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", check_same_thread=False, isolation_level=None)  # without a name: a file of its own, gone when closed
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_CACHE_KIB}"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("CREATE TABLE lines (key BLOB PRIMARY KEY, state INTEGER NOT NULL) WITHOUT ROWID")
        self._db.execute("BEGIN")  # one transaction for all: nothing of it is to be kept

    def ask(self, key: bytes) -> None:
        """This line stands in the input."""
        self._db.execute("INSERT OR IGNORE INTO lines VALUES (?, ?)", (key, _ASKED))

    def answer(self, key: bytes) -> bool:
        """Note that this line is answered, or being answered; False if that was noted before."""
        noted = self._db.execute("INSERT INTO lines VALUES (?1, ?2) ON CONFLICT DO UPDATE SET state = ?2 WHERE state <> ?2", (key, _ANSWERED))
        return noted.rowcount > 0

    def asked(self, key: bytes) -> bool:
        """Whether this line stands in the input."""
        return self._db.execute("SELECT 1 FROM lines WHERE key = ?", (key,)).fetchone() is not None

    @property
    def open(self) -> int:
        """How many lines are asked and not answered."""
        return int(self._db.execute("SELECT count(*) FROM lines WHERE state = ?", (_ASKED,)).fetchone()[0])

    def close(self) -> None:
        self._db.close()
