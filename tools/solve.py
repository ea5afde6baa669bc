"""Relations between quantities, and every value that follows from those known: forwards, and backwards for any one unknown.

A product of powers is inverted in closed form by its exponents; any other relation, or a chain of relations, by
`scipy.optimize.brentq` over the allowed range of the unknown. Knows nothing of welding.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

Values = Mapping[str, float]
Range = tuple[float, float]
Ranges = Callable[[str], Range]


class NoSolution(ValueError):
    """No value inside the allowed range does it. `unknown` and `target` are names; `needed` is the value it would take, if one does."""

    def __init__(self, unknown: str, target: str, needed: float | None = None, reached: Range | None = None) -> None:
        super().__init__(f"{unknown} cannot be solved for {target}")
        self.unknown, self.target, self.needed, self.reached = unknown, target, needed, reached


@dataclass(frozen=True)
class Relation:
    """`target` as a function of `inputs`; `text` is the formula as people write it, `reference` where it stands.

    `domain`: ranges of inputs within which it holds. `function` takes the inputs in order."""

    target: str
    inputs: tuple[str, ...]
    function: Callable[..., float]
    text: str
    reference: str
    domain: Mapping[str, Range] = field(default_factory=dict)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return (self.target, *self.inputs)

    def forward(self, values: Values) -> float:
        return self.function(*(values[name] for name in self.inputs))

    def holds(self, values: Values) -> bool:
        """Whether no known value lies outside the domain."""
        return all(low <= values[name] <= high for name, (low, high) in self.domain.items() if name in values)

    def backward(self, unknown: str, values: Values, allowed: Range) -> float:
        """The value of the input `unknown` that gives `values[target]`. Raises NoSolution."""
        low, high = self.domain.get(unknown, allowed)
        inside = max(low, allowed[0]), min(high, allowed[1])
        return root(lambda x: self.forward({**values, unknown: x}), values[self.target], inside, unknown, self.target)


def product(target: str, coefficient: float, exponents: Mapping[str, float], text: str, reference: str) -> Relation:
    """The relation target = coefficient · Π input^exponent, which inverts in closed form."""
    inputs, powers = tuple(exponents), tuple(exponents.values())

    def function(*values: float) -> float:
        return coefficient * prod(value**power for value, power in zip(values, powers, strict=True))

    return Product(target, inputs, function, text, reference, powers=powers)


@dataclass(frozen=True)
class Product(Relation):
    powers: tuple[float, ...] = ()

    def backward(self, unknown: str, values: Values, allowed: Range) -> float:
        rest = self.forward({**values, unknown: 1.0})
        if not rest or not values[self.target]:  # no gas flows: its price is anybody's guess
            raise NoSolution(unknown, self.target)
        return (values[self.target] / rest) ** (1 / self.powers[self.inputs.index(unknown)])


def root(function: Callable[[float], float], value: float, allowed: Range, unknown: str, target: str) -> float:
    """Where the monotone `function` takes `value` inside `allowed`. Raises NoSolution, with what can be reached."""
    from scipy.optimize import brentq

    ends = function(allowed[0]), function(allowed[1])
    if not min(ends) <= value <= max(ends) or ends[0] == ends[1]:
        raise NoSolution(unknown, target, reached=(min(ends), max(ends)))
    return float(brentq(lambda x: function(x) - value, *allowed, xtol=1e-15, rtol=1e-15, maxiter=500))


@dataclass(frozen=True)
class Step:
    """How a value came about: `relation` read forwards, or backwards (`inverse`), from the values of `sources`; backwards, the
    relation's target is the first of them."""

    relation: Relation
    sources: tuple[str, ...]
    inverse: bool = False


class Network:
    """The relations of one question and the allowed range of each quantity. The table's order decides between equals."""

    def __init__(self, relations: Iterable[Relation], ranges: Ranges) -> None:
        self.relations = tuple(relations)
        self.ranges = ranges
        self.derived = {relation.target for relation in self.relations}

    def forward(self, known: Values) -> tuple[dict[str, float], dict[str, Step]]:
        """`known` and everything that follows from it without turning a formula round."""
        values, steps = dict(known), dict[str, Step]()
        grown = True
        while grown:
            grown = False
            for relation in self.relations:
                if relation.target not in values and all(name in values for name in relation.inputs) and relation.holds(values):
                    values[relation.target] = relation.forward(values)
                    steps[relation.target] = Step(relation, relation.inputs)
                    grown = True
        return values, steps

    def solve(self, known: Values) -> tuple[dict[str, float], dict[str, Step]]:
        """`known` and everything that follows from it, formulas turned round where all but one of their quantities are known,
        and chains of formulas where a known result leaves one setting open. Raises NoSolution."""
        values, steps = self.forward(known)
        while found := self._turned_round(values, known) or self._chain(values, known):
            name, value, step = found
            values, more = self.forward({**values, name: value})
            steps |= {name: step, **more}
        return values, steps

    def needs(self, name: str, known: Values) -> frozenset[str]:
        """The fewest settings that are still missing for `name`."""
        if name in known:
            return frozenset()
        options = [
            frozenset().union(*(self.needs(source, known) for source in relation.inputs))
            for relation in self.relations
            if relation.target == name and relation.holds(known)
        ]
        return min(options, key=len) if options else frozenset({name})

    def missing_for(self, unknown: str, known: Values) -> list[tuple[str, ...]]:
        """What, added to `known`, would let `unknown` be found: the shortest lists first."""
        lists = [tuple(n for n in relation.names if n != unknown and n not in known) for relation in self.relations if unknown in relation.names]
        return sorted({names for names in lists if names}, key=lambda names: (len(names), names))

    def _turned_round(self, values: Values, known: Values) -> tuple[str, float, Step] | None:
        for relation in sorted(self.relations, key=lambda r: r.target not in known):  # a given result before one that follows
            open_ = [name for name in relation.names if name not in values]
            if len(open_) == 1 and open_[0] != relation.target and relation.holds(values):
                (unknown,) = open_
                value = relation.backward(unknown, values, self.ranges(unknown))
                low, high = self.ranges(unknown)
                if unknown not in self.derived and not low * (1 - 1e-12) <= value <= high * (1 + 1e-12):
                    raise NoSolution(unknown, relation.target, needed=value)
                return unknown, value, Step(relation, (relation.target, *(name for name in relation.inputs if name != unknown)), inverse=True)
        return None

    def _chain(self, values: Values, known: Values) -> tuple[str, float, Step] | None:
        """A known result whose formulas leave exactly one setting open, several formulas deep."""
        for target in known:
            if target not in self.derived:
                continue
            without = {name: value for name, value in values.items() if name != target}
            open_ = self.needs(target, without)
            if len(open_) != 1 or next(iter(open_)) in values:
                continue
            (unknown,) = open_
            allowed = self._domain(unknown)
            probe = self.forward({**without, unknown: sum(allowed) / 2})[1]
            if target not in probe:
                continue
            value = root(self._along(without, unknown, target), values[target], allowed, unknown, target)
            return unknown, value, Step(probe[target].relation, (target, *self._settings(target, probe, without)), inverse=True)
        return None

    def _along(self, known: Values, unknown: str, target: str) -> Callable[[float], float]:
        """`target` as a function of `unknown`, through every formula between them."""
        return lambda value: self.forward({**known, unknown: value})[0][target]

    def _domain(self, name: str) -> Range:
        ranges = [self.ranges(name), *(relation.domain[name] for relation in self.relations if name in relation.domain)]
        return max(low for low, _ in ranges), min(high for _, high in ranges)

    def _settings(self, target: str, steps: Mapping[str, Step], known: Values) -> list[str]:
        """The known values that `target` was made of."""
        found: list[str] = []
        for name in steps[target].sources if target in steps else ():
            found += [name] if name in known else self._settings(name, steps, known)
        return list(dict.fromkeys(found))
