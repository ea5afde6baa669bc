"""Models on disk: what is said when they are absent, what their folder means, what they warn of, and how the real ones behave."""

import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tools.fakes import REQUIRED, FakeEncoder, labels, write_model
from tools.anomaly import detect_anomaly
from tools.conditions import FEATURES, ProcessConditions
from tools.defects import classify_defects
from tools.encoder import FORM, META, Encoder, ModelMissing, conditions_for, load_body, load_encoder, models_home
from tools.energy import predict_energy
from tools.features import Features
from tools.heat_input import predict_heat_input
from tools.lexical import LEXICAL
from tools.outputs import Calibration, Novelty
from tools.result import ToolInputError

STATED = {**REQUIRED, "process": "GMAW", "wire_feed_speed_m_min": 8}
NUMBERS = Features(process=False, names=("a", "b"), medians=(10.0, 20.0))
SUM = [[1.0], [1.0]]  # of two features
WORDS_SUM_TYPES: Any = [[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]  # the body's three outputs as they are


def ask(model: Encoder, *texts: str) -> list[list[float]]:
    return [list(row) for row in model.read(texts)]


def test_models_live_under_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    assert models_home() == tmp_path / "models"


def test_a_body_alone_is_the_one_that_models_share(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    with pytest.raises(ModelMissing, match=r"^The model embedder is not built yet; run `waam models build`.$"):
        load_body("embedder")
    write_model(tmp_path / "models" / "embedder", [(1.0, {"pooled": WORDS_SUM_TYPES})], body="of the embedder")
    assert load_body("embedder").pool(["one two"]).tolist() == [[2, 7, 0]]
    assert load_body("embedder") is load_body("embedder")


def test_an_absent_model_names_the_next_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    for _ in range(2):  # a failure is not remembered
        with pytest.raises(ModelMissing, match=r"^The model anomaly is not built yet; run `waam models build`.$"):
            load_encoder("anomaly")
    with pytest.raises(ModelMissing, match="`waam models build`"):
        detect_anomaly(**REQUIRED)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", [None, 1, FORM + 1])
def test_a_folder_of_another_form_names_the_next_step(form: int | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    folder = write_model(tmp_path / "models" / "anomaly", [(1.0, {"features": SUM})], NUMBERS, form=form)
    if form is None:
        meta = json.loads((folder / META).read_text())
        (folder / META).write_text(json.dumps({key: value for key, value in meta.items() if key != "form"}))
    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    with pytest.raises(ModelMissing, match=r"^The model anomaly is from an earlier version; run `waam models build`, or train it anew\.$"):
        load_encoder("anomaly")


def test_a_model_without_a_body_reads_numbers_alone(tmp_path: Path):
    model = Encoder(write_model(tmp_path / "m", [(1.0, {"features": [[1.0, 0.0], [0.0, 2.0]]})], NUMBERS))
    assert model.body is None and model.names == ["label 0", "label 1"]
    assert ask(model, "a 3, b 4", "nothing said", "b = -1") == [[3, 8], [10, 40], [10, -2]], "medians stand in"
    assert model.read(["a 3"], numbers=[{"a": 7.0, "b": float("nan")}]).tolist() == [[7, 40]], "columns count before the text"
    assert model.run(["", ""], [[1, 1], [2, 2]]).tolist() == [[1, 2], [2, 4]]


def test_a_blend_is_the_weighted_sum_of_its_heads(tmp_path: Path):
    heads = [(0.25, {"features": [[4.0], [0.0]]}), (0.75, {"features": [[0.0], [8.0]]})]
    model = Encoder(write_model(tmp_path / "m", heads, NUMBERS))
    texts = ["a 1, b 0", "a 0, b 1", "a 2, b 3"]
    assert ask(model, *texts) == [[1], [6], [2 + 18]]
    assert model.members(texts, model.rows(texts)).tolist() == [[[4], [0]], [[0], [8]], [[8], [24]]]


def test_a_blend_of_a_head_on_the_text_and_one_on_numbers(tmp_path: Path):
    heads = [(0.5, {"pooled": [[2.0], [0], [0]]}), (0.5, {"features": SUM})]
    model = Encoder(write_model(tmp_path / "m", heads, NUMBERS, body="blend"))
    assert ask(model, "a 3, b 4, one") == [[0.5 * 2 * 7 + 0.5 * 7]], "7 tokens"


def test_a_fused_head_reads_both(tmp_path: Path):
    model = Encoder(write_model(tmp_path / "m", [(1.0, {"pooled": [[1.0], [0], [0]], "features": [[100.0], [0]]})], NUMBERS, body="fused"))
    assert ask(model, "a 3, b 4, one") == [[7 + 300]], "7 tokens"


def test_texts_in_one_pass_are_not_remembered(tmp_path: Path):
    model = Encoder(write_model(tmp_path / "m", [(1.0, {"pooled": WORDS_SUM_TYPES})], body="together"))
    assert model.body is not None
    pooled = model.body.together(["one two", "three"])
    assert pooled.tolist() == [[2, 7, 0], [1, 5, 0]] and not model.body._remembered
    assert model.from_pooled(pooled, np.zeros((2, 0))).tolist() == ask(model, "one two", "three")


def test_an_encoder_alone_has_no_features(tmp_path: Path):
    model = Encoder(write_model(tmp_path / "m", [(1.0, {"pooled": WORDS_SUM_TYPES})], body="alone"))
    assert ask(model, "one two", "three four five") == [[2, 3 + 4, 0], [3, 5 + 6 + 7, 0]]


def test_padding_and_order_do_not_change_what_a_text_gives(tmp_path: Path):
    model = Encoder(write_model(tmp_path / "m", [(1.0, {"pooled": WORDS_SUM_TYPES})], body="padding"))
    texts = [" ".join(["one"] * n) for n in (1, 16, 3, 40, 3)] * 20
    assert [row[0] for row in ask(model, *texts)] == [1, 16, 3, 16, 3] * 20, "16 tokens are the most"


@pytest.mark.parametrize(
    ("how", "outputs"),
    [
        ("pair", [[6.0, 3 + 4 + 2 + 5 + 6 + 7, 3.0]]),  # one text of two types, with a separator
        ("concat", [[5.0, 3 + 4 + 5 + 6 + 7, 0.0]]),
    ],
)
def test_two_texts_as_one(how: str, outputs: list[list[float]], tmp_path: Path):
    model = Encoder(write_model(tmp_path / "m", [(1.0, {"pooled": WORDS_SUM_TYPES})], body=f"two-{how}", two_texts=how))
    assert model.read(["one two"], ["three four five"]).tolist() == outputs
    assert model.read(["one two", "one"], ["three four five", "one"]).shape == (2, 3)


def test_two_texts_apart_are_compared(tmp_path: Path):
    identity = np.eye(6).tolist()
    model = Encoder(write_model(tmp_path / "m", [(1.0, {"pooled": identity})], body="separate", two_texts="separate"))
    texts, others = ["one two", "three"], ["three four five", "three"]
    u, v = np.array([[2, 7, 0], [1, 5, 0]]), np.array([[3, 18, 0], [1, 5, 0]])
    assert model.read(texts, others).tolist() == np.hstack([np.abs(u - v), u * v]).tolist()
    assert model.read(others, texts).tolist() == model.read(texts, others).tolist(), "neither comes first"


def test_lexical_features_of_a_pair_need_no_body(tmp_path: Path):
    features = Features(process=False, idf={"one": 1.0, "two": 1.0})
    model = Encoder(write_model(tmp_path / "m", [(1.0, {"features": np.eye(LEXICAL).tolist()})], features, two_texts="separate"))
    same, other = model.read(["one two", "one two"], ["one two", "five"])
    assert not np.array_equal(same, other) and np.isfinite([same, other]).all()


def test_models_with_the_same_body_share_it(tmp_path: Path):
    heads = [(1.0, {"pooled": WORDS_SUM_TYPES})]
    first, second, other = (Encoder(write_model(tmp_path / name, heads, body=body)) for name, body in (("a", "same"), ("b", "same"), ("c", "not")))
    assert first.body is second.body is not other.body
    assert ask(first, "one two") == ask(second, "one two") == ask(other, "one two")


def test_a_model_reads_as_far_as_it_was_trained_to(tmp_path: Path):
    heads = [(1.0, {"pooled": WORDS_SUM_TYPES})]
    short, long = (Encoder(write_model(tmp_path / str(n), heads, body="reach", max_tokens=n)) for n in (2, 5))
    assert [ask(model, "one " * 9)[0][0] for model in (short, long)] == [2, 5]


def test_a_text_that_was_read_is_remembered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    model = Encoder(write_model(tmp_path / "m", [(1.0, {"pooled": WORDS_SUM_TYPES})], body="remembered"))
    before = ask(model, "one", "two", "one")
    assert model.body is not None
    monkeypatch.setattr(model.body, "_forward", lambda texts: pytest.fail("read again"))
    assert ask(model, "one", "two", "one") == before == [[1, 3, 0], [1, 4, 0], [1, 3, 0]]


def test_conditions_are_read_as_the_models_were_trained(tmp_path: Path):
    conditions = ProcessConditions(**STATED)  # type: ignore[arg-type]
    process = Encoder(write_model(tmp_path / "p", [(1.0, {"features": np.eye(FEATURES).tolist()})], Features(process=True)))
    assert process.logits(conditions) == pytest.approx(np.array(conditions.features()), rel=1e-6)
    own = Features(process=False, names=("current",), medians=(1.0,))
    assert Encoder(write_model(tmp_path / "n", [(1.0, {"features": [[1.0]]})], own)).logits(conditions).tolist() == [180]


def test_probabilities_by_name():
    calibration = Calibration(temperature=2.0)
    independent = FakeEncoder([0.0], labels("x", "y"), calibration).probabilities(np.array([2.0, 0.0]))
    assert independent == pytest.approx({"x": 0.7311, "y": 0.5}, abs=1e-4)
    shared = FakeEncoder([0.0], {"kind": "classes", "names": ["x", "y"], "study": False}, calibration).probabilities(np.array([2.0, 0.0]))
    assert shared == pytest.approx({"x": 0.7311, "y": 0.2689}, abs=1e-4)


def test_amounts_with_their_intervals():
    output = {
        "kind": "amounts", "names": ["heat", "grade"], "log": [True, False], "mean": [math.log(400), 0.5], "std": [0.5, 0.2],
        "low": [None, 0.0], "high": [None, 1.0],
    }  # fmt: skip
    value, low, high = FakeEncoder([0.0], output, Calibration(radius=(0.2, 2.0))).amounts(np.array([0.0, 1.0]))
    assert (
        value == pytest.approx([400, 0.7]) and low == pytest.approx([400 * math.exp(-0.1), 0.3]) and high == pytest.approx([400 * math.exp(0.1), 1.0])
    )


def test_novelty_of_features_and_text(tmp_path: Path):
    shape = Novelty(np.array([0.0, 0, 1, 3, 0]), np.eye(5), np.array([1.0, 2.0, 3.0, 4.0]))  # around the text vector of "one"
    folder = write_model(tmp_path / "m", [(1.0, {"pooled": WORDS_SUM_TYPES})], NUMBERS, body="novelty", novelty=shape)
    model = Encoder(folder)
    assert model.novelty(["one"] * 3, np.array([[0.5, 0.0], [2.5, 0.0], [99.0, 0.0]])).tolist() == [0.0, 0.5, 1.0]
    assert model.novelty(["five " * 9], np.zeros((1, 2))).tolist() == [1.0], "an unlike text"


def test_novelty_without_a_body_and_without_a_shape(tmp_path: Path):
    heads = [(1.0, {"features": SUM})]
    shape = Novelty(np.array([10.0, 20.0]), np.eye(2), np.array([0.0, 1.0]))
    assert Encoder(write_model(tmp_path / "m", heads, NUMBERS, novelty=shape)).novelty(["", ""], np.array([[10, 20], [10, 25]])).tolist() == [0, 1]
    assert Encoder(write_model(tmp_path / "n", heads, NUMBERS)).novelty(["", ""], np.full((2, 2), 1e6)).tolist() == [0, 0]


def test_many_threads_get_what_one_gets(tmp_path: Path):
    heads = [(0.5, {"pooled": WORDS_SUM_TYPES}), (0.5, {"features": np.ones((2, 3)).tolist()})]
    model = Encoder(write_model(tmp_path / "m", heads, NUMBERS, body="threads"))
    texts = [f"{'one ' * (i % 7)}two a {i} b {i % 3}" for i in range(64)]
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(lambda text: ask(model, text)[0], texts))
    assert together == ask(model, *texts)


def test_required_settings_are_checked_before_any_model():
    assert conditions_for(REQUIRED, ("current_a",)).given() == REQUIRED
    with pytest.raises(ToolInputError, match=r"^Missing ctwd_mm; state it with a unit.$"):
        conditions_for(REQUIRED, ("current_a", "ctwd_mm"))


def fake(**meta: Any) -> FakeEncoder:
    return FakeEncoder([0.0], labels("abnormal"), **meta)


def test_nothing_to_warn_of_on_real_data_within_range():
    assert fake(data_label="shop 2024").warnings(ProcessConditions(**STATED)) == []  # type: ignore[arg-type]


def test_welding_without_gas_is_said_to_be_unknown():
    conditions = ProcessConditions.from_text("180 A, 22 V, 8 mm/s without shielding gas")
    assert conditions.shielding_gas == "none" and ProcessConditions.from_text(conditions.to_text()) == conditions
    assert any("expect porosity" in line for line in fake().warnings(conditions))


@pytest.mark.parametrize(("current", "warned"), [(60, False), (59.9, True), (320, False), (320.1, True)])
def test_the_training_range_includes_its_ends(current: float, warned: bool):
    warnings = fake(data_label="shop").warnings(ProcessConditions(**STATED | {"current_a": current}))  # type: ignore[arg-type]
    assert any("outside the training range" in line for line in warnings) == warned


def test_a_material_that_was_not_trained_on_is_warned_of():
    conditions = ProcessConditions(**STATED | {"material": "316L"})  # type: ignore[arg-type]
    known = fake(data_label="shop", training_values={"material": ["308L", "ER70S-6"], "process": ["GMAW"]}).warnings(conditions)
    assert known == ["The material 316L was not in the training data (308L, ER70S-6)."]


def real(name: str) -> Encoder:
    try:
        return load_encoder(name)
    except ModelMissing as missing:
        pytest.skip(f"this needs the real model: {missing}")


@pytest.mark.real
def test_real_heat_input_rises_with_power_and_falls_with_speed():
    real("heat_input")

    def heat(**changed: float) -> float:
        return float(predict_heat_input(**STATED | changed).estimates[0].value)  # type: ignore[arg-type]

    currents = [heat(current_a=a) for a in (120, 160, 200, 240, 280)]
    assert currents == sorted(currents)
    speeds = [heat(travel_speed_mm_s=v) for v in (4, 6, 9, 13, 18)]
    assert speeds == sorted(speeds, reverse=True)


@pytest.mark.real
def test_real_heat_input_is_near_the_formula():
    real("heat_input")
    estimate, closed = predict_heat_input(**STATED).estimates  # type: ignore[arg-type]
    assert estimate.value == pytest.approx(closed.value, rel=0.2)
    assert estimate.interval is not None and estimate.interval[0] < float(estimate.value) < estimate.interval[1]


@pytest.mark.real
def test_real_energy_rises_with_length():
    real("energy")
    values = [float(predict_energy(**STATED, bead_length_mm=mm).estimates[0].value) for mm in (70, 90, 120)]  # type: ignore[arg-type]
    assert values == sorted(values)


@pytest.mark.real
def test_real_probabilities_are_probabilities_even_far_out():
    real("anomaly"), real("defects")
    for settings in (
        STATED,
        {"current_a": 1, "voltage_v": 1, "travel_speed_mm_s": 200},
        {"current_a": 1500, "voltage_v": 100, "travel_speed_mm_s": 0.1},
    ):
        estimates = detect_anomaly(**settings).estimates + classify_defects(**settings).estimates  # type: ignore[arg-type]
        assert all(e.probability is not None and math.isfinite(e.probability) and 0 <= e.probability <= 1 for e in estimates)


@pytest.mark.real
def test_real_humping_becomes_likelier_with_travel_speed():
    real("defects")

    def humping(speed: float) -> float:
        return next(e.probability or 0.0 for e in classify_defects(**STATED | {"travel_speed_mm_s": speed}).estimates if e.name == "Humping")  # type: ignore[arg-type]

    assert humping(3) < 0.3 < 0.7 < humping(25)


@pytest.mark.real
def test_sixteen_threads_get_what_one_gets():
    encoder = real("defects")
    asked = [ProcessConditions(**STATED | {"current_a": 80 + 6 * i}) for i in range(32)]  # type: ignore[arg-type]
    alone = [encoder.logits(conditions) for conditions in asked]
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(encoder.logits, asked))
    assert np.array_equal(np.array(alone), np.array(together))


@pytest.mark.real
def test_one_answer_alone_is_as_in_a_batch():
    encoder = real("heat_input")
    asked = [ProcessConditions(**STATED), ProcessConditions(**REQUIRED)]  # type: ignore[arg-type]
    texts, features = [c.to_text(digits=4) for c in asked], [c.features() for c in asked]
    batch = encoder.run(texts, features)
    assert batch.shape == (2, 1)
    # int8 activations are scaled per batch, so alone and together agree closely, not exactly
    assert np.allclose(np.array([encoder.logits(c) for c in asked]), batch, atol=0.05)
