"""ProcessConditions: canonical, checked, written as text and read back; anything else is a ToolInputError."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.conditions import FEATURES, ProcessConditions
from tools.fields import FIELDS
from tools.result import ToolInputError
from tools.vocabulary import MATERIALS, PROCESSES

GASES = ["98Ar/2CO2", "82Ar/18CO2", "Ar", "CO2", "He"]


@st.composite
def valid(draw: st.DrawFn) -> ProcessConditions:
    """Any credible conditions, to the 12 significant digits that the text carries."""
    settings = {}
    for name, field in FIELDS.items():
        if draw(st.booleans()):
            value = float(f"{draw(st.floats(field.low, field.high)):.12g}")
            settings[name] = min(max(value, field.low), field.high)
    for name, choices in (("material", list(MATERIALS)), ("process", list(PROCESSES)), ("shielding_gas", GASES)):
        if draw(st.booleans()):
            settings[name] = draw(st.sampled_from(choices))
    return ProcessConditions.of(settings)


@given(valid())
def test_text_is_read_back_as_it_was(conditions: ProcessConditions):
    assert ProcessConditions.from_text(conditions.to_text()) == conditions


@given(valid())
def test_features_are_finite_and_of_one_length(conditions: ProcessConditions):
    features = conditions.features()
    assert len(features) == FEATURES and all(math.isfinite(value) for value in features)


def test_features_mark_what_is_given():
    features = ProcessConditions(current_a=180, process="CMT").features()
    names = list(FIELDS)
    assert features[names.index("current_a")] == pytest.approx(math.log(180))
    assert [name for name, present in zip(names, features[len(names) :], strict=False) if present] == ["current_a"]
    assert dict(zip(PROCESSES, features[2 * len(names) :], strict=True)) == {name: float(name == "CMT") for name in PROCESSES}


ANYTHING = st.one_of(
    st.floats(), st.integers(), st.integers(10**308, 10**400), st.text(max_size=80),
    st.sampled_from(["1e999", "nan", "-inf", "1e999 A", "1,200,5 A", "1e999 °F"]),
    st.booleans(), st.lists(st.integers(), max_size=2),
)  # fmt: skip


@given(st.sampled_from(list(ProcessConditions.model_fields)), ANYTHING)
def test_any_value_is_accepted_or_refused_with_a_sentence(name: str, value: object):
    try:
        conditions = ProcessConditions.of({name: value})  # type: ignore[misc]
    except ToolInputError as refused:
        assert str(refused).endswith(".") and "\n" not in str(refused).replace(str(value)[:40], "")
    else:
        kept = getattr(conditions, name)
        assert isinstance(kept, str) or (math.isfinite(kept) and FIELDS[name].low <= kept <= FIELDS[name].high)


@pytest.mark.parametrize("name", FIELDS)
def test_a_refusal_names_the_field_and_the_range(name: str):
    field = FIELDS[name]
    for value in (field.low - 1, field.high * 1.01, math.nan, math.inf, -math.inf, 10**400):
        with pytest.raises(ToolInputError) as refused:
            ProcessConditions.of({name: value})  # type: ignore[misc]
        for part in (name, f"{field.low:g}", f"{field.high:g}", field.display_unit):
            assert part in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "canonical"),
    [
        ({"travel_speed_mm_s": "48 cm/min"}, {"travel_speed_mm_s": 8.0}),
        ({"interpass_temperature_c": "302 °F"}, {"interpass_temperature_c": 150.0}),
        ({"current_a": 180}, {"current_a": 180.0}),
        ({"current_a": "180"}, {"current_a": 180.0}),
        (
            {"process": "MIG", "material": "aisi 316L", "shielding_gas": "pure argon"},
            {"material": "316L", "process": "GMAW", "shielding_gas": "pure argon"},
        ),
        ({"material": "Hastelloy X"}, {"material": "Hastelloy X"}),
        ({"current_a": None}, {}),
    ],
)
def test_settings_become_canonical(settings: dict[str, object], canonical: dict[str, object]):
    assert ProcessConditions.of(settings).given() == canonical  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"travel_speed_mm_s": "-8 mm/s"}, "-8 mm/s is outside the allowed range 0.1 to 200 mm/s"),
        ({"travel_speed_mm_s": 0}, "Travel speed"),
        ({"voltage_v": "10 kV"}, "10000 V is outside the allowed range 1 to 100 V"),
        ({"current_a": "21 V"}, "I cannot read current"),
        ({"current_a": "180 A or 190 A"}, "I cannot read current"),
        ({"ctwd_mm": "10-12 mm"}, "I cannot read contact-tip-to-work distance"),
        ({"bead_length_mm": "1/2 inch"}, "I cannot read bead length"),
        ({"current_a": True}, "must be a number"),
        ({"process": "glue"}, "Process must be one of CMT, GTAW, PAW, GMAW"),
        ({"material": " "}, "Material must be a short text"),
        ({"colour": "red"}, "There is no setting called 'colour'"),
    ],
)
def test_refusals(settings: dict[str, object], message: str):
    with pytest.raises(ToolInputError, match=message):
        ProcessConditions.of(settings)  # type: ignore[arg-type]


def test_a_text_with_an_incredible_value_is_refused_or_read_without_it():
    text = "180 A, 10 kV and 8 mm/s"
    with pytest.raises(ToolInputError, match="voltage_v"):
        ProcessConditions.from_text(text)
    assert ProcessConditions.from_text(text, strict=False).given() == {"current_a": 180, "travel_speed_mm_s": 8}


def test_missing_lists_what_is_not_stated():
    assert ProcessConditions(current_a=180).missing(("current_a", "voltage_v")) == ["voltage_v"]


def test_the_text_of_the_study():
    conditions = ProcessConditions(material="316L", process="GMAW", current_a=188, voltage_v=21, travel_speed_mm_s=8)
    assert conditions.to_text() == (
        "The material used in the GMAW experiment is 316L. In this experiment, the current is 188 A, the voltage is 21 V, "
        "the travel speed is 8 mm/s. What is the expected result of the bead with these experiment parameters?"
    )
