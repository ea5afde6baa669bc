"""The passages that answer a question, best first, or none. Knows nothing of language models.

Two channels, fused by reciprocal rank: the meaning of the whole query, and the exact codes and names in it
(`EN 1011-1`, `ER4043`, `5011`, `AdditiveLLM`), which an embedding knows badly.

Measured with the int8 all-MiniLM-L6-v2 on this corpus. The floor was chosen on 30 questions about WAAM and 20 about
other things: the best passage was at 0.29 or more for the former (0.29 for the bare code "5011", else 0.37 or more) and
at 0.32 or less for the latter ("how hot does an oven get for bread"; the rest 0.25 or less). With the floor and the
codes, a right passage was among the first four for 30 of 30, and all 20 others found nothing. On 20 + 15 questions
written afterwards: 19 of 20 and 15 of 15. The miss names humping by its look ("lumpy"); one hit lies at the very floor,
and another quantisation of the same model lost it.
"""

import re

from knowledge.errors import KnowledgeError
from knowledge.passages import Passage
from knowledge.store import Found, Store, open_store

FLOOR = 0.34  # cosine similarity from which a passage is about the query
FLOOR_WITH_CODE = 0.20  # the same for a passage that holds a code of the query
LONGEST = 4000  # characters of a query
DEPTH = 20  # passages taken from each channel
CODE_WEIGHT = 0.5
RANK_OFFSET = 60  # of reciprocal rank fusion (Cormack, Clarke and Buettcher 2009)
MOST_CODES = 4

_UNIT = r"(?:A|V|W|s|h|g|J|K|C|F|mm|cm|m|in|um|kg|ms|min|kJ|kW|MPa|HV|ipm|amps?|volts?|%|°)(?:[/²\s,.;:?!)]|$)"
_CODE = re.compile(
    r"\b(?:"
    rf"\d{{3,}}(?:-\d+)*[A-Za-z]{{0,2}}(?!\w|\.\d|\s*{_UNIT})"  # 5011, 1011-1, 316L; not 240 A
    r"|(?=[A-Za-z-]*\d)[A-Za-z][\w-]*(?:\.\d+)?"  # ER4043, M21, D20.1, Ti-6Al-4V
    r"|\w*[a-z][A-Z]{2,}\w*"  # AdditiveLLM
    r"|[A-Z]{3,}[\w-]*"  # DNVGL-CP-0267, GTAW
    r")"
)
_EVERYWHERE = {"WAAM", "DED", "AM"}


class Hit(Passage):
    """A passage found, with its cosine similarity to the query (0 to 1)."""

    score: float


def search(query: str, k: int = 4, store: Store | None = None) -> list[Hit]:
    """The `k` best passages, none if the query is about something else. Builds the store if it is out of date.

    Raises KnowledgeError for an empty or very long query and for a missing embedding model.
    """
    query = query.strip()
    if not query:
        raise KnowledgeError("The search is empty; say what to look for.")
    if len(query) > LONGEST:
        raise KnowledgeError(f"The search has {len(query):,} characters and the limit is {LONGEST:,}; shorten it.")
    store = store or open_store()
    store.ensure(wait=False)
    by_meaning = [found for found in store.nearest(query, DEPTH) if found.similarity >= FLOOR]
    names = codes(query)
    floor = FLOOR_WITH_CODE if re.search(r"\w{3,}", _CODE.sub("", query)) else 0.0  # nothing but codes: holding one is enough
    by_code = [found for found in store.nearest(query, DEPTH, containing=names) if found.similarity >= floor] if names else []
    return [Hit(**found.passage.model_dump(), score=found.similarity) for found in _fuse(by_meaning, by_code)[:k]]


def codes(query: str) -> list[str]:
    """Names of standards, alloys, defects and the like in `query`, as written and in capitals; quantities are none."""
    found = [word for word in _CODE.findall(query) if word.upper() not in _EVERYWHERE][:MOST_CODES]
    return list(dict.fromkeys(form for word in found for form in (word, word.upper())))


def _fuse(by_meaning: list[Found], by_code: list[Found]) -> list[Found]:
    ranks: dict[str, float] = {}
    for weight, channel in ((1.0, by_meaning), (CODE_WEIGHT, by_code)):
        for rank, found in enumerate(channel, start=1):
            ranks[found.passage.id] = ranks.get(found.passage.id, 0.0) + weight / (RANK_OFFSET + rank)
    every = {found.passage.id: found for found in by_meaning + by_code}
    return sorted(every.values(), key=lambda found: (-ranks[found.passage.id], found.passage.id))
