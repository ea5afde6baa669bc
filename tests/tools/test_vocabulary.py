"""Materials, processes and gases by the names people use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import vocabulary


@pytest.mark.parametrize("name", vocabulary.MATERIALS)
def test_every_material_is_known_by_its_own_name(name: str):
    assert vocabulary.material(f"a wall of {name} by CMT") == (name, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("SS316L", "316L"), ("ER316LSi", "316L"), ("G3Si1", "ER70S-6"), ("AA5356", "ER5356"), ("Ti64", "Ti-6Al-4V"), ("IN718", "Inconel 718"),
        ("mild steel", "low-carbon steel"), ("aluminum", "aluminium"),
        ("super duplex", "superduplex stainless steel"), ("스테인리스강", "stainless steel"),
        ("316", "316L"), ("316 stainless", "316L"), ("AISI 304", "304L"), ("304 plate", "304L"), ("ER2209", "duplex stainless steel"),
        ("316L on mild steel", "316L"), ("mild steel under 316L", "low-carbon steel"),
    ],
)  # fmt: skip
def test_other_names_of_materials(text: str, name: str):
    found = vocabulary.material(text)
    assert found and found[0] == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("MIG", "GMAW"),
        ("MAG", "GMAW"),
        ("TIG", "GTAW"),
        ("plasma arc welding", "PAW"),
        ("cold metal transfer", "CMT"),
        ("gmaw", "GMAW"),
        ("GTAW", "GTAW"),
    ],
)
def test_processes(text: str, name: str):
    found = vocabulary.process(text)
    assert found and found[0] == name


@pytest.mark.parametrize(
    ("text", "name"),
    [("TIG로 150A", "GTAW"), ("CMT로", "CMT"), ("MIG용접에서는", "GMAW"), ("공정은 PAW입니다", "PAW"), ("TIG/MIG는", "GTAW")],
)
def test_a_process_may_have_a_korean_word_at_its_end(text: str, name: str):
    found = vocabulary.process(text)
    assert found and found[0] == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("316L로 190 A", "316L"), ("재료는 mild steel입니다", "low-carbon steel"), ("ER70S-6를 쓰면", "ER70S-6"), ("연강판에", "low-carbon steel"),
        ("Inconel 625의", "Inconel 625"), ("스테인리스강으로", "stainless steel"),
    ],
)  # fmt: skip
def test_a_material_may_have_a_korean_word_at_its_end(text: str, name: str):
    found = vocabulary.material(text)
    assert found and found[0] == name


def test_a_gas_may_have_a_korean_word_at_its_end():
    assert vocabulary.shielding_gas("82Ar/18CO2를 15 L/min으로") == ("82Ar/18CO2", "82Ar/18CO2")
    assert vocabulary.shielding_gas("CO2가스") == ("CO2", "CO2") and "316" not in vocabulary.blank_names("316L로 190 A")


@pytest.mark.parametrize("text", ["98Ar/2CO2", "Ar", "CO2", "argon", "82% Ar / 18% CO2", "아르곤"])
def test_gases_are_kept_as_written(text: str):
    assert vocabulary.shielding_gas(f"in {text}, 180 A") == (text, text)


@pytest.mark.parametrize("text", ["304 A", "316A, 24 V", "bead length 316 mm", "current 304, voltage 24", "2209 mm", "316 J/mm"])
def test_a_number_with_a_unit_is_no_steel(text: str):
    assert vocabulary.material(text) is None and vocabulary.blank_names(text) == text


@pytest.mark.parametrize("text", ["magnet", "image", "harm", "Argument", "3316L2", "plan"])
def test_parts_of_other_words_are_no_names(text: str):
    assert vocabulary.material(text) is None and vocabulary.process(text) is None and vocabulary.shielding_gas(text) is None


def test_every_mention_of_a_name_is_blanked_and_nothing_moves():
    text = "316L wire on 316L plate, 98Ar/2CO2, 180 A"
    blank = vocabulary.blank_names(text)
    assert len(blank) == len(text) and blank.index("180 A") == text.index("180 A")
    assert "316" not in blank and "98" not in blank


@given(st.text(max_size=200))
def test_blanking_keeps_the_length(text: str):
    assert len(vocabulary.blank_names(text)) == len(text)
