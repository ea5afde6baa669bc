"""Texts that a message hands over: in quotation marks, or after a word that names them and a colon. English or Korean.

What they say is never looked at; a text is always a run of the message as it was written.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_REACH = 300  # characters before a quotation in which what names it may begin
FEWEST = 3  # words of a text that nothing marks as one
_QUOTED = re.compile(
    r'```(?P<a>.+?)```|(?<![A-Za-z0-9])"(?P<b>[^"]+)"|[“„](?P<c>[^“”„]+)[”“]|«(?P<d>[^«»]+)»|「(?P<e>[^「」]+)」|『(?P<f>[^『』]+)』'
    r"|‘(?P<g>.+?)’(?![A-Za-z])|(?<![\w’])'(?=\S)(?P<h>.+?)(?<=\S)'(?![A-Za-z])",
    re.DOTALL,
)
_OPENING = re.compile(r"\s*[\"“„«「『‘']?\s*")
_COLON = r"(?:\s*[:：](?=[\s\"“„«「『‘']|[^\x00-\x7f]|$)|\s*=\s)"
_LINK = re.compile(  # what leads on from one text to the next one's name
    r"[\s,;.\-–—(]*\b(?:\w+['’]s|and|against|versus|vs|compared\s+(?:to|with)|with|to|the|an?|my|our|this|that|here\s+is|그리고)?"
    r"[\s,;.\-–—(]*\Z",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?。？])\s+|\n+|\s[-–—]\s")
_REQUEST = re.compile(
    r"(?:please\b.*|(?:can|could|would|will)\s+you\b.*|(?:grade|score|mark|rate|analy[sz]e|summari[sz]e|assess|evaluate)\b.{0,40}"
    r"|.{0,30}(?:채점|평가|분석|요약|정리|설명)\s*(?:해|하|부탁).{0,12}|thanks?\b.{0,20}|thank\s+you\b.{0,20}|감사.{0,10})[.!]*",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Part:
    """A text of a message, from `start` to `end`, and what the message calls it; empty if nothing names it. `quoted`: it is in quotation
    marks."""

    name: str
    text: str
    start: int
    end: int
    quoted: bool = False


@dataclass(frozen=True)
class Names:
    """How a message may call the texts. `words` matches such a word, with the name of what it calls as the name of its group; `before` the
    same of what leads straight to a quotation, and `after` of what follows straight on one; `opening` of what leads straight to a text that
    ends with its sentence and has neither colon nor quotation marks. `far`: characters between word and colon."""

    words: re.Pattern[str]
    before: re.Pattern[str] | None = None
    after: re.Pattern[str] | None = None
    opening: re.Pattern[str] | None = None
    far: int = 30


def parts(message: str, names: Names) -> list[Part]:
    """Every text in order. A name with a colon takes all up to the next name with a colon or a quotation; else quotations are texts."""
    marked = _after_colons(message, names)
    inside = [(part.start, part.end) for part in marked]
    quoted = [each for each in _quotations(message) if not any(start <= each.start < end for start, end in inside)]
    return sorted([*marked, *_called(message, quoted, names)], key=lambda part: part.start)


def remainder(message: str, words: re.Pattern[str]) -> Part | None:
    """The message without a first or last sentence that asks for something: one that is a question, a request, or has one of `words`.
    None where fewer than FEWEST words are left."""
    pieces = list(_sentences(message))
    for end in (0, -1):
        if pieces and _asks(pieces[end].text, words):
            del pieces[end]
    if not pieces:
        return None
    start, end = pieces[0].start, pieces[-1].end
    found = _stripped("", message, start, end)
    return found if len(found.text.split()) >= FEWEST else None


def without(message: str, spans: Sequence[tuple[int, int]]) -> str:
    """The message with these parts as spaces, so that all else stays where it is."""
    for start, end in spans:
        message = f"{message[:start]}{' ' * (end - start)}{message[end:]}"
    return message


def shortened(message: str, words: int = 12) -> str:
    """The message with every quotation as its first `words` words."""
    for quoted in reversed(_quotations(message)):
        said = quoted.text.split()
        if len(said) > words:
            message = f"{message[: quoted.start]}{' '.join(said[:words])} …{message[quoted.end :]}"
    return message


@lru_cache(maxsize=64)
def _quotations(message: str) -> list[Part]:
    found = []
    for match in _QUOTED.finditer(message):
        group = match.lastgroup or "a"
        if any(c.isalnum() for c in match[group]):
            found.append(Part("", match[group].strip(), match.start(group), match.end(group), quoted=True))
    return found


def _after_colons(message: str, names: Names) -> list[Part]:
    """Texts after a name and a colon that are in no quotation marks."""
    quotations = _quotations(message)
    colons: list[tuple[int, int, str]] = []
    for match in re.finditer(rf"(?:{names.words.pattern})[^.!?\n:：=\"“„«「『‘]{{0,{names.far}}}?{_COLON}", message, re.IGNORECASE):
        called = list(names.words.finditer(message, match.start(), match.end()))[-1:] or [match]  # "the question was why, the answer:"
        at = match.start() if called[0].lastgroup == match.lastgroup else called[0].start()
        colons.append((at, match.end(), called[0].lastgroup or ""))
    opened = [(m.start(), m.end(), m.lastgroup or "") for m in names.opening.finditer(message)] if names.opening else []
    colons = sorted(each for each in (*colons, *opened) if not any(quoted.start <= each[0] < quoted.end for quoted in quotations))
    found: list[Part] = []
    for i, (begun, start, name) in enumerate(colons):
        if found and begun < found[-1].end:
            continue
        opening = _OPENING.match(message, start)
        if opening and any(each.start == opening.end() for each in quotations):
            continue
        stops = [at for at, _, other in colons[i + 1 :] if other != name]
        stops += [stop for stop, each in _starts(message, quotations, names) if each.name not in ("", name) and stop > start]
        if (begun, start, name) in opened and (cut := _SENTENCE.search(message, start)):
            stops.append(cut.start())
        end = min(stops, default=len(message))
        if stops:
            while (link := _LINK.search(message, start, end)) and link.start() < end:
                end = link.start()
        part = _stripped(name, message, start, end, last=not stops)
        if any(c.isalnum() for c in part.text):
            found.append(part)
    return found


def _starts(message: str, quotations: Sequence[Part], names: Names) -> Iterator[tuple[int, Part]]:
    """Each quotation that is named straight before it, and where the words that name it begin."""
    for quoted in quotations:
        before = message[: quoted.start].rstrip(" \t\n\"“„«「『‘'`")
        near = max(0, len(before) - _REACH)
        closing = [m for m in names.words.finditer(before, near) if re.fullmatch(r"\s*(?:[:：=]|is|was|은|는|이|가)?", before[m.end() :])]
        leading = names.before.search(before, near) if names.before else None
        if closing or leading:
            match = closing[-1] if closing else leading
            assert match is not None
            start = min(match.start(), leading.start()) if leading else match.start()
            yield start, Part(match.lastgroup or "", quoted.text, quoted.start, quoted.end, quoted=True)


def _called(message: str, quoted: Sequence[Part], names: Names) -> Iterator[Part]:
    """The quotations by the last name before each, or the one straight after it."""
    previous = 0
    for i, each in enumerate(quoted):
        gap = message[previous : each.start].rstrip(" \t\n\"“„«「『‘'`")
        found = list(names.words.finditer(gap))
        leading = names.before.search(gap) if names.before else None
        until = quoted[i + 1].start if i + 1 < len(quoted) else len(message)
        following = names.after.match(message[each.end + 1 : until]) if names.after else None
        match = leading or (found[-1] if found else following)
        previous = each.end + 1 + (following.end() if following else 0)
        yield Part(match.lastgroup or "" if match else "", each.text, each.start, each.end, quoted=True)


def _stripped(name: str, message: str, start: int, end: int, last: bool = False) -> Part:
    """The run without the space around it and an opening quotation mark that nothing closes; with `last`, without a request at its end."""
    if last:
        pieces = [Part("", message[a.start : a.end], a.start, a.end) for a in _sentences(message[:end], start)]
        if len(pieces) > 1 and _asks(pieces[-1].text, None):
            end = pieces[-2].end
    text = message[start:end]
    begin = start + len(text) - len(text.lstrip(' \t\n\r"“„«「『‘'))
    return Part(name, message[begin:end].rstrip(), begin, end)


def _sentences(message: str, start: int = 0) -> Iterator[Part]:
    at = start
    for cut in [*_SENTENCE.finditer(message, start), None]:
        end = cut.start() if cut else len(message)
        if any(c.isalnum() for c in message[at:end]):
            yield Part("", message[at:end].strip(), at, end)
        at = cut.end() if cut else end


def asks(message: str) -> bool:
    """Whether a message is a question or a request, and so no text that was asked for."""
    return _asks(message, None)


def quoted(message: str) -> set[tuple[int, int]]:
    """Where quotations stand."""
    return {(each.start, each.end) for each in _quotations(message)}


def _asks(sentence: str, words: re.Pattern[str] | None) -> bool:
    asked = sentence.rstrip().endswith(("?", "？")) or bool(_REQUEST.fullmatch(sentence.strip()))
    return asked or bool(words and words.search(sentence))
