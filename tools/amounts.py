"""What a question states besides the settings of a bead: heat inputs, cooling times, rates, a plate, prices; and which of them are limits.

As in `reading`, a unit says most of it; where it fits several quantities the words beside the number decide, and where they do
not, nothing is assumed. Words are English or Korean. Knows nothing of what is computed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tools import vocabulary
from tools.fields import FIELDS
from tools.limits import LOWER, UPPER, Bound, bound_of
from tools.quantities import QUANTITIES, read_quantity
from tools.reading import Reading, read
from tools.units import NUMBER, Quantity, find_quantities, number

REACH = 60  # characters before a number in which its label may stand
_BESIDE = 24  # characters after it
_PRICES = {"mass": "price_wire_per_kg", "volume": "price_gas_per_m3", "time": "price_hour"}
_PER = {
    r"kg|kilo(?:gram(?:me)?)?s?": ("mass", "kg"), r"lbs?|pound": ("mass", "lb"), r"g": ("mass", "g"), r"t(?:on(?:ne)?)?": ("mass", "t"),
    r"m3|m³|cubic\s+met(?:er|re)|세제곱미터": ("volume", "m3"), r"[lL]|lit(?:er|re)": ("volume", "l"),
    r"h|hr|hour|시간": ("time", "h"), r"min(?:ute)?|분": ("time", "min"), r"bead|비드": ("bead", ""),
}  # fmt: skip
_CURRENCY = r"EUR|USD|GBP|CHF|KRW|JPY|CNY|[Ee]uros?|[Dd]ollars?|[Ww]on|[€$£¥₩]|원|유로|달러"
_BEGUN = r"(?<!\d)(?<!\d[.,])"  # where a number begins: tried from each of its digits, a long one takes for ever
_MONEY = re.compile(
    rf"(?:(?P<sign>{_CURRENCY})\s?)?{_BEGUN}(?P<number>{NUMBER})\s?(?P<currency>{_CURRENCY})?(?(sign)|(?(currency)|(?!)))"
    rf"\s?(?:/|per\b|an?\b|each\b)\s?(?P<per>{'|'.join(_PER)})(?![A-Za-z\d])"
    rf"|(?P<per_first>{'|'.join(_PER)})\s?당\s*(?P<number_last>{NUMBER})\s?(?:{_CURRENCY})"
)
_LINKS = re.compile(  # what may stand between a quantity's name and its number
    r"(?:[\s:=~≈(,]|은|는|이|가|을|를|"
    r"(?:is|was|be|being|of|at|to|a|an|about|around|roughly|required|given|must|should|may|can|cannot|has|have|not|no|never|stays?|staying|kept|"
    rf"keep|remains?|falls?|drops?|goes|go|than|exceed|per\s+(?:mm|length)|{UPPER}|{LOWER})(?![A-Za-z]))*",
    re.IGNORECASE,
)
_BEFORE_NAME = re.compile(
    r"\s*(?:(?:of|as|in|for|a|the|total|max(?:imum|\.)?|min(?:imum|\.)?|or\s+(?:less|more|lower|higher|below|above))\s+)*", re.IGNORECASE
)
_RANGE = re.compile(rf"(?:{NUMBER}\s?(?:-|–|to|~)\s?|between\s+{NUMBER}[^\d]*and\s+)\Z")


@dataclass(frozen=True)
class Amount:
    """One quantity of `quantities` in its canonical unit, where it stands, and whether it is an upper or a lower limit. `instead`: another
    quantity of the same unit that it could be, where no word but the unit says which."""

    name: str
    value: float
    text: str
    start: int
    end: int
    bound: Bound | None = None
    instead: str = ""

    @property
    def note(self) -> str:
        """What to tell of an amount that only its unit names; empty otherwise."""
        return (
            f"{self.text} is taken as {QUANTITIES[self.name].title}; say {QUANTITIES[self.instead].title} where that is meant."
            if self.instead
            else ""
        )


@dataclass(frozen=True)
class Stated:
    """What a tool is to be passed beyond the settings, from a question's own words. `places`: where the numbers stand that say so,
    which then are no settings; `unread`: numbers with units that no word ties to a quantity; `spans`: texts that are handed over;
    `guessed`: arguments for which a text was taken that nothing names; `notes`: how others were understood."""

    arguments: Mapping[str, Any] = field(default_factory=dict)
    places: frozenset[int] = frozenset()
    unread: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    guessed: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def amounts(text: str) -> tuple[list[Amount], list[str]]:
    """Every amount of `text` in order, and the numbers with units that could be one but that no word ties to any."""
    prices = list(_prices(vocabulary.blank_names(text)))
    plain = vocabulary.blank_names(without_prices(text))
    settings, quantities = settings_of(text), find_quantities(plain)
    found, unread = [price for price in prices if price.name], list[str]()
    previous = 0  # where the words before a number begin
    for index, quantity in enumerate(quantities):
        before = plain[max(previous, quantity.start - REACH) : quantity.start]
        after = plain[quantity.end : (quantities[index + 1].start if index + 1 < len(quantities) else len(plain))][:_BESIDE]
        name, length = _named(quantity, before, after, _taken(settings, quantity))
        previous = quantity.end + length
        if name and not _RANGE.search(before):
            value = read_quantity(name, f"{quantity.to(QUANTITIES[name].unit):.12g}")
            instead = "arc_energy_j_mm" if name == "heat_input_j_mm" and not mentions(f"{before} {after}", [name, "arc_energy_j_mm"]) else ""
            found.append(Amount(name, value, quantity.text, quantity.start, quantity.end, bound_of(before, after), instead))
        elif quantity in settings.others and quantity.unit != "percent" and any(quantity.measures(QUANTITIES[n].unit) for n in _own()):
            unread.append(quantity.text)
    found += _without_unit(plain, quantities)
    return sorted(found, key=lambda amount: amount.start), unread


def _own() -> list[str]:
    return [name for name in QUANTITIES if name not in FIELDS]


def _taken(settings: Reading, quantity: Quantity) -> bool:
    """Whether the number is a setting of the bead already."""
    ranges = any(quantity.text in words for words in settings.ranges.values())
    return ranges or any(isinstance(q, Quantity) and q.start == quantity.start for q in settings.settings.values())


def _named(quantity: Quantity, before: str, after: str, taken: bool) -> tuple[str, int]:
    """The quantity that the words beside the number name, and how much of `after` says so. What is a setting already is another
    quantity only if its name leads straight to the number; without a name the unit decides, if it is one quantity's own."""
    fitting = [name for name in _own() if quantity.measures(QUANTITIES[name].unit)]
    near = mentions(before, fitting)
    if near and _LINKS.fullmatch(before[near[-1].end :]):
        return near[-1].name, 0
    for label in mentions(after, fitting)[:1]:
        if _BEFORE_NAME.fullmatch(after[: label.start]):
            return label.name, label.end
    if taken:
        return "", 0
    own = [name for name in fitting if QUANTITIES[name].unit_is_enough]
    return (near[-1].name if near else own[0] if len(own) == 1 else ""), 0


@dataclass(frozen=True)
class Mention:
    """A quantity that a text names, and where."""

    name: str
    start: int
    end: int


def mentions(text: str, names: Iterable[str]) -> list[Mention]:
    """Every quantity among `names` that `text` names, in order. Of names that overlap the longest counts, of equal ones the title."""
    found = [
        Mention(name, match.start(), match.end())
        for name in names
        for match in re.finditer(rf"(?<![A-Za-z])(?:{QUANTITIES[name].label})(?![A-Za-z])", text, re.IGNORECASE)
    ]
    found.sort(key=lambda m: (m.start - m.end, text[m.start : m.end].lower() != QUANTITIES[m.name].title))
    kept: list[Mention] = []
    for mention in found:
        if not any(mention.start < other.end and other.start < mention.end for other in kept):
            kept.append(mention)
    return sorted(kept, key=lambda m: m.start)


@lru_cache(maxsize=512)
def settings_of(text: str) -> Reading:
    """What `text` states about settings, prices left aside. Read once for all who ask, in a conversation too: do not change it."""
    return read(without_prices(text))


def without_prices(text: str) -> str:
    """`text` with its prices blanked out, same length: `wire at 12 EUR/kg` is no wire feed speed."""
    for price in _prices(vocabulary.blank_names(text), read_value=False):
        text = text[: price.start] + " " * (price.end - price.start) + text[price.end :]
    return text


def _prices(text: str, read_value: bool = True) -> Iterator[Amount]:
    """Amounts of money per kilogram, cubic metre, hour or bead; one per kilogram is the wire's price only where the wire is named,
    and a cost only where it is limited. An unnamed one has no name. Raises ToolInputError, if `read_value`, for an incredible one."""
    previous = 0
    for match in _MONEY.finditer(text):
        before, after = text[max(previous, match.start() - REACH) : match.start()], text[match.end() :][:_BESIDE]
        previous = match.end()
        per = match["per"] or match["per_first"]
        kind, unit = next(each for pattern, each in _PER.items() if re.fullmatch(pattern, per))
        bound, value = bound_of(before, after), number(match["number"] or match["number_last"])
        name = _PRICES.get(kind, "cost_per_bead")
        of_wire = mentions(before, [name]) or re.match(rf"\s*(?:(?:for|of)\s+(?:the\s+)?)?(?:{QUANTITIES[name].label})", after, re.IGNORECASE)
        amount = value if kind == "bead" or not read_value else read_quantity(name, f"{value!r}/{unit}")
        if kind == "mass" and not of_wire:
            name = "cost_per_kg" if bound else ""
        yield Amount(name, amount, match[0], match.start(), match.end(), bound if name.startswith("cost") else None)


def _without_unit(text: str, quantities: list[Quantity]) -> Iterator[Amount]:
    """Named numbers that have no unit: an efficiency, a ratio, a factor."""
    for name in ("thermal_efficiency", "shape_factor", "wire_to_travel_ratio"):
        for label in mentions(text, [name]):
            links = _LINKS.match(text, label.end)
            assert links is not None
            value = re.compile(rf"(?P<number>{NUMBER})(?![\d.]|\s?%)").match(text, links.end())
            glued = value is not None and value.start() == label.end  # K3 is the name of something
            if value and not glued and not any(q.start <= value.start() < q.end for q in quantities):
                bound = bound_of(text[label.end : value.start()], text[value.end() :][:_BESIDE])
                yield Amount(name, read_quantity(name, number(value["number"])), value[0], value.start(), value.end(), bound)
