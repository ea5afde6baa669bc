"""Which answer a message wants graded, and against which reference, in its own words: quoted or after a colon. English or Korean."""

import re
from collections.abc import Mapping
from typing import Any

from tools.amounts import Stated
from tools.handed_over import Names, parts

NEEDED = ("answer", "reference")
_WHO = r"(?:student|trainee|operator|worker|user|apprentice|learner|candidate|welder)(?:['’]?s['’]?)?"
_WORDS = (
    r"(?P<question>(?<![A-Za-z])(?:questions?|asked)(?![A-Za-z])|질문|문제|문항|(?<![^\s])Q(?=\s*[:：]))"
    r"|(?P<reference>(?<![A-Za-z])(?:(?:reference|model|correct|right|sample|ideal|expected|true|standard|official|textbook)[\s-]+(?:answers?|solutions?|text)"
    r"|ref(?:erence)?|solution|answer\s+key|key|ground\s+truth|should\s+(?:have\s+(?:been|said)|be|say|read)|expected)(?:\s+(?:says|said|states))?(?![A-Za-z])"
    r"|모범\s*(?:답안|답)?|정답|기준\s*(?:답안|답변|답)?|참고\s*(?:답안|답변|답)|참조\s*(?:답안|답변|답)?|레퍼런스)"
    rf"|(?P<answer>(?<![A-Za-z])(?:{_WHO}\s+)?(?:(?:answers?|responses?|reply)(?:(?:\s+\w+){{0,2}}\s+(?:said|says|wrote|gave))?|answered)(?![A-Za-z])"
    r"|(?:(?:작업자|학생|수습생|훈련생|교육생|사용자)의?\s*)?(?:답변|답안|대답|응답|(?<![가-힣])답(?![가-힣]{2}))|(?<![^\s])A(?=\s*[:：]))"
    r"|(?P<told>(?<![A-Za-z])(?:replied|wrote|said|says|told\s+(?:me|us))(?![A-Za-z]))"
    r"|(?P<note>(?<![A-Za-z])(?:shift\s+|inspection\s+)?(?:notes?|remarks?)(?:\s+(?:says|said|reads))?(?![A-Za-z])|교대\s*일지|메모)"
)
_BEFORE = (
    r"(?P<question>(?<![A-Za-z])answer(?:s|ed)?\s+to(?:\s+the\s+question)?\s*[:：]?\Z|\A\s+answer(?:s|ed)?\Z)"  # does "A" answer "Q"
    r"|(?P<reference>(?<![A-Za-z])(?:against|versus|vs\.?|compared?\s+(?:to|with))(?:\s+(?:the|this|my|our))?\s*[:：]?\Z)"
    r"|(?P<answer>(?<![A-Za-z])(?:grade|score|mark|rate|assess|evaluate|judge)(?:\s+(?:this|the\s+following))?\s*[:：]?\Z)"
)
_AFTER = (
    r"\s*(?:(?:is|was|as|being)\s+(?:the|an?|my|his|her|our|their)?\s*(?:\w+'s\s+)?|(?:이?라는|이?란|가|이|은|는|을|를)\s*)"
    r"(?:(?P<reference>reference|(?:model|correct|right|sample|ideal|expected|textbook)\s+answer|정답|모범\s*답안|기준|참고\s*답안)"
    r"|(?P<answer>answer|response|답변|답안|답))"
)
_OPENING = (
    r"(?:^|(?<=[.!?;,\n(]))\s*+(?P<question>(?:and\s+)?(?:(?:the|my|our|his|her|their)\s+)?questions?\s+(?:was|is|asked|read)|I\s+asked|질문[은이]"
    r"|문제[는가])(?:\s+(?:him|her|them))?\s+(?=[^\s\"“„«「『‘'])"
)
_NAMES = Names(
    re.compile(_WORDS, re.IGNORECASE), re.compile(_BEFORE, re.IGNORECASE), re.compile(_AFTER, re.IGNORECASE), re.compile(_OPENING, re.IGNORECASE)
)


def stated(message: str) -> Stated:
    """`answer`, `reference` and `question`, the first of each, and never what is called a note. One quotation that nothing names, or that
    somebody just said, is the answer, or what alone is missing beside it; of several it cannot be said which is which."""
    found = parts(message, _NAMES)
    named = {part.name: part for part in reversed(found) if part.name not in ("", "told")}
    guessed = frozenset() if {*named} & {*NEEDED, "question"} else frozenset(NEEDED)
    told = {part.name: part for part in reversed(found) if part.name == "told"}
    unnamed = [part for part in found if not part.name]
    if told and "answer" not in named:
        named["answer"] = told["told"]
    lacking = [name for name in NEEDED if name not in named]
    if len(unnamed) == 1 and lacking:
        named[lacking[0]] = unnamed[0]
    arguments = {name: named[name].text for name in (*NEEDED, "question") if name in named}
    spans = tuple((part.start, part.end) for part in found if part.quoted or part.name != "told")
    return Stated(arguments, spans=spans, guessed=guessed & frozenset(arguments))


def missing(arguments: Mapping[str, Any]) -> list[str]:
    """What of the two texts is not among `arguments`."""
    return [name for name in NEEDED if not arguments.get(name)]
