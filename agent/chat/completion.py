"""What Tab offers: commands, tools, units, conversations, and paths of files that the chat can take."""

from collections.abc import Callable, Iterable, Mapping

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from agent.attached.files import DOCUMENTS, MAPPINGS, NOTES
from agent.chat.saving import SUFFIXES as SAVED
from agent.chat.units import LISTED, spellings
from knowledge.reading import SUFFIXES as READ
from tools.log_table import SUFFIXES
from tools.quantities import QUANTITIES
from tools.registry import TOOLS

FEWEST = 3  # letters of a tool's name within a sentence


class ChatCompleter(Completer):
    """`commands`: what each is for, by its name with the stroke. `names`: the conversations. `marks`: what the last answer cites."""

    def __init__(self, commands: Mapping[str, str], names: Callable[[], Iterable[str]], marks: Callable[[], Iterable[str]]) -> None:
        self._commands, self._names, self._marks = commands, names, marks
        self._open = PathCompleter(file_filter=_readable, expanduser=True)
        self._add = PathCompleter(file_filter=lambda name: name.lower().endswith(READ), expanduser=True)
        self._save = PathCompleter(file_filter=lambda name: name.lower().endswith(SAVED), expanduser=True)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        text = document.text_before_cursor
        command, blank, rest = text.partition(" ")
        if not blank and text.startswith("/") and text.count("/") == 1 and (found := list(_of(self._commands, text, self._commands))):
            yield from found
        elif blank and command in self._commands:
            yield from self._arguments(command, rest.lstrip(), complete_event)
        else:
            word = document.get_word_before_cursor(WORD=True)
            if word.startswith(("/", "./", "../", "~")):
                yield from self._open.get_completions(Document(word), complete_event)
            elif len(word) >= FEWEST:
                yield from _of(TOOLS, word)

    def _arguments(self, command: str, rest: str, event: CompleteEvent) -> Iterable[Completion]:
        words = rest.split(" ")
        if command == "/file":
            yield from self._open.get_completions(Document(rest), event)
        elif command == "/add":
            yield from self._add.get_completions(Document(rest), event)
        elif command == "/save":
            yield from self._save.get_completions(Document(rest), event)
        elif command == "/unit" and len(words) > 1:
            yield from _of(spellings(QUANTITIES[words[0]]) if words[0] in QUANTITIES else (), words[-1])
        elif command == "/feedback" and words[0] == "tools" and len(words) > 1:
            yield from _of(TOOLS, words[-1])
        elif len(words) == 1:
            offered = {
                "/unit": lambda: LISTED,
                "/resume": self._names,
                "/sources": self._marks,
                "/feedback": lambda: ("good", "bad", "tools", "answer"),
            }
            yield from _of(offered.get(command, tuple)(), rest)


def _of(offered: Iterable[str], begun: str, says: Mapping[str, str] | None = None) -> Iterable[Completion]:
    for each in offered:
        if each.lower().startswith(begun.lower()):
            yield Completion(each, start_position=-len(begun), display_meta=(says or {}).get(each, ""))


def _readable(name: str) -> bool:
    return name.lower().endswith((*SUFFIXES, *MAPPINGS, *NOTES, *DOCUMENTS))
