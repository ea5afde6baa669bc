"""Nothing reaches a tool that the user did not say."""

import pytest

from agent import asking
from agent.errors import BadInput
from agent.ground import check_stated, clarify, ground
from agent.state import Message, PlannedCall
from tests.agent.fakes import QUESTION, SETTINGS
from tests.cost import growth
from tools.reading import read


def plan(*names: str, argument: str = "") -> list[PlannedCall]:
    return [PlannedCall(name=name, argument=argument) for name in names or ("detect_anomaly",)]


def said(*questions: str) -> list[Message]:
    return [line for q in questions for line in (Message(role="user", content=q), Message(role="assistant", content="It is normal at 999 A."))]


def args(question: str, history: list[Message] | None = None, argument: str = "", tool: str = "detect_anomaly") -> dict[str, float | str]:
    grounded = ground(plan(tool, argument=argument), question, history or [])
    ((name, found),) = grounded.calls
    assert name == tool and grounded.question is None
    return found


def test_the_worked_example_of_the_manual():
    assert args(QUESTION) == {"current_a": 188, "voltage_v": 21.4, "travel_speed_mm_s": 8.0}


def test_the_order_is_the_order_of_the_table_whatever_the_order_of_the_words():
    assert list(args("316L at 8 mm/s, 21.4 V, 188 A with CMT")) == ["current_a", "voltage_v", "travel_speed_mm_s", "material", "process"]


@pytest.mark.parametrize(
    "argument",
    ["188 A, 21.4 V, 48 cm/min, wire feed 6 m/min", "200 A, 25 V, 10 mm/s", "188 A, 21.4 V, 48 cm/min, 316L, CMT, 18 L/min", "", "rubbish {"],
)
def test_what_the_model_invents_or_alters_is_dropped(argument: str):
    assert args(QUESTION, argument=argument) == SETTINGS


def test_a_pasted_table_is_read_row_by_row_now_and_later():
    table = "I [A];U [V];v [mm/s]\n188;21,4;8"
    assert args(f"{table}\nsound?") == SETTINGS and args("and at 240 A?", said(table)) == SETTINGS | {"current_a": 240.0}
    grounded = ground(plan(), f"{table}\n204;21,4;8\nsound?", [])
    assert grounded.question == "You give more than one current: 188 A and 204 A. Which one should I take? Ask for each in turn."


def test_a_value_the_model_made_up_does_not_fill_a_gap():
    grounded = ground(plan(argument="188 A, 21.4 V, 8 mm/s"), "Is 188 A and 21.4 V normal?", [])
    assert grounded.calls == [] and grounded.question and "travel speed" in grounded.question


def test_numbers_of_the_assistant_are_not_the_users():
    grounded = ground(plan(), "And at 22 V and 8 mm/s?", said("hello"))
    assert grounded.question == "What is the current (in A or another unit)?"


class TestFollowUps:
    def test_same_at_another_current_keeps_the_rest(self):
        grounded = ground(plan(), "same at 240 A", said(QUESTION))
        assert grounded.calls == [("detect_anomaly", SETTINGS | {"current_a": 240.0})]
        assert grounded.carried == ["voltage_v", "travel_speed_mm_s"]

    def test_the_latest_word_counts(self):
        assert args("and with 10 mm/s?", said(QUESTION, "same at 240 A"))["current_a"] == 240.0

    def test_a_complete_question_starts_afresh(self):
        grounded = ground(plan(), "Is 150 A, 18 V, 6 mm/s normal?", said("316L, 188 A, 21.4 V, 8 mm/s, interpass temperature 120 °C?"))
        assert grounded.calls == [("detect_anomaly", {"current_a": 150.0, "voltage_v": 18.0, "travel_speed_mm_s": 6.0})]
        assert grounded.carried == []

    def test_a_follow_up_keeps_the_material_too(self):
        assert args("same at 240 A", said("316L at 188 A, 21.4 V, 8 mm/s?"))["material"] == "316L"

    def test_a_range_now_is_not_overruled_by_an_earlier_value(self):
        grounded = ground(plan(), "and at 180-220 A?", said(QUESTION))
        assert grounded.calls == [] and grounded.question and "180-220 A" in grounded.question


def test_what_a_tool_lacks_that_nothing_was_said_for_is_not_worth_a_word():
    grounded = ground(plan("search_knowledge", "recommend_settings", "analyze_log", argument="porosity"), "What causes porosity in aluminium?", [])
    assert [name for name, _ in grounded.calls] == ["search_knowledge"] and grounded.open == []


class TestChanges:
    def test_a_change_is_made_of_what_was_said_before_and_that_is_told(self):
        grounded = ground(plan(), "and with 10 A more at half the speed?", said(QUESTION))
        ((_, found),) = grounded.calls
        assert found == SETTINGS | {"current_a": 198.0, "travel_speed_mm_s": 4.0}
        assert grounded.taken[0] == "“10 A more” is taken as a current of 198 A, as it was 188 A."

    def test_the_next_question_goes_on_from_it(self):
        assert args("and at 20 V?", said(QUESTION, "raise the current by 10 %")) == SETTINGS | {"current_a": 206.8, "voltage_v": 20.0}

    def test_a_change_of_what_nobody_said_is_asked_for(self):
        grounded = ground(plan(), "10 A more?", said("hello"))
        assert grounded.calls == [] and grounded.question == "“10 A more” of what? It is not said before; give the value itself, with its unit."

    def test_an_amount_that_is_only_added_is_no_impossible_setting(self):
        from agent.guard import guard

        assert guard("and with 0.5 V more?")


class TestQuestionsBack:
    def test_everything_missing_is_asked_for_at_once(self):
        assert ground(plan(), "Will it be sound at 200 A?", []).question == (
            "What are the voltage (in V or another unit) and travel speed (in mm/s or another unit)?"
        )

    def test_two_values_of_one_setting_ask_which(self):
        asked = ground(plan("detect_anomaly"), "Is 180 A or 220 A normal at 22 V and 8 mm/s?", []).question
        assert asked == "You give more than one current: 180 A and 220 A. Which one should I take? Ask for each in turn."

    def test_what_was_left_open_before_is_not_taken_from_still_earlier(self):
        before = said("Is 180 A, 22 V and 8 mm/s normal?", "And 200 A or 220 A?")
        assert ground(plan("detect_anomaly"), "same at 24 V", before).question == "What is the current (in A or another unit)?"

    def test_a_range_asks_for_one_value(self):
        question = ground(plan(), "Is 180-220 A with 23 V at 8 mm/s fine?", []).question
        assert question == "Which current within 180-220 A should I take? Give one value."

    def test_a_number_without_its_unit_asks_for_the_unit(self):
        question = ground(plan(), "180 A, 22 V, travel speed 8", []).question
        assert question == "In which unit is the travel speed of 8, for example mm/s?"

    def test_what_can_be_answered_is_and_the_rest_is_asked_for(self):
        grounded = ground(plan("detect_anomaly", "predict_energy"), QUESTION, [])
        assert grounded.calls == [("detect_anomaly", SETTINGS)] and grounded.question is None
        assert grounded.open == ["predict_energy has not run yet: What is the bead length (in mm or another unit)?"]

    def test_two_tools_that_lack_the_same_ask_once(self):
        question = ground(plan("detect_anomaly", "predict_heat_input"), "Normal and what heat input at 188 A, 21.4 V?", []).question
        assert question is not None and question.count("travel speed") == 1

    def test_three_missing_are_listed_as_people_list(self):
        assert clarify(["current_a", "voltage_v", "travel_speed_mm_s"], read("")).count(",") == 1


class TestImpossible:
    @pytest.mark.parametrize(
        ("question", "words"),
        [
            ("188 A, 10 kV, 8 mm/s", "voltage_v.*1 to 100 V"),
            ("-5 A, 22 V, 8 mm/s", "current_a.*1 to 1500 A"),
            ("188 A, 22 V, 0 mm/s", "travel_speed_mm_s.*0.1 to 200 mm/s"),
            ("188 A, 22 V, travel speed 8 furlongs/day", "do not know the unit 'furlongs/day'"),
        ],
    )
    def test_is_refused_by_name_whichever_tool_was_planned(self, question: str, words: str):
        for tool in ("detect_anomaly", "search_knowledge"):
            with pytest.raises(BadInput, match=words):
                ground(plan(tool), question, [])

    def test_a_number_without_unit_is_not_impossible(self):
        check_stated(read("180 A, 22 V, travel speed 8"))


class TestLooseQuantities:
    def test_the_only_one_that_fits_the_only_open_setting_is_taken(self):
        assert args("Energy of 188 A, 21.4 V, 8 mm/s over 120 mm?", tool="predict_energy")["bead_length_mm"] == 120.0

    def test_the_models_label_for_the_users_number_is_taken(self):
        assert args("188 A, 21.4 V, 8 mm/s, 15 mm", argument="CTWD 15 mm")["ctwd_mm"] == 15.0

    def test_the_models_label_for_another_number_is_not(self):
        assert args("188 A, 21.4 V, 8 mm/s, 15 mm", argument="CTWD 12 mm") == SETTINGS

    def test_two_that_fit_are_not_guessed_between(self):
        grounded = ground(plan("predict_energy"), "Energy of 188 A, 21.4 V, 8 mm/s with 120 mm and 90 mm?", [])
        assert grounded.question and "bead length" in grounded.question

    def test_what_nobody_used_is_reported(self):
        assert ground(plan(), f"{QUESTION} The gap is 3 mm.", []).unused == ["3 mm"]

    def test_what_was_used_is_not_reported(self):
        assert ground(plan("predict_energy"), "Energy of 188 A, 21.4 V, 8 mm/s over 120 mm?", []).unused == []

    def test_a_search_alone_reports_nothing(self):
        assert ground(plan("search_knowledge"), "Why does a gap of 3 mm hurt?", []).unused == []


class TestWhatAToolReads:
    """Beyond settings: results that are to be reached, their limits, what is to be found."""

    LIMIT = "Which travel speed keeps the heat input under 0.6 kJ/mm at 200 A and 22 V?"
    FOUND = {"current_a": 200.0, "voltage_v": 22.0, "heat_input_j_mm": 600.0, "bound": "max", "solve_for": "travel_speed_mm_s"}  # noqa: RUF012

    def physics(self, question: str, *before: str, argument: str = "") -> dict[str, float | str]:
        return args(question, said(*before), argument, "calculate_physics")

    def test_is_passed_with_the_settings(self):
        assert self.physics(self.LIMIT) == self.FOUND

    def test_is_not_passed_to_a_tool_that_does_not_take_it(self):
        assert args("Is 188 A, 21.4 V, 8 mm/s normal with a heat input under 0.6 kJ/mm?") == SETTINGS

    def test_the_model_invents_none_of_it(self):
        assert self.physics("Arc power at 200 A and 22 V?", argument="heat input under 0.6 kJ/mm, 30 V, preheat 150 °C") == {
            "current_a": 200.0, "voltage_v": 22.0, "solve_for": "arc_power_kw",
        }  # fmt: skip

    def test_a_number_that_says_something_else_is_no_setting_and_not_reported(self):
        grounded = ground(plan("calculate_physics"), "Cooling time at 188 A, 21.4 V, 8 mm/s, 150 °C preheat and a 20 mm plate?", [])
        assert grounded.calls[0][1] == SETTINGS | {"plate_thickness_mm": 20.0, "preheat_temperature_c": 150.0, "solve_for": "t85_s"}
        assert grounded.unused == []

    def test_what_no_word_ties_to_anything_is_reported(self):
        grounded = ground(plan("calculate_physics"), "Arc power at 200 A and 22 V, and stay under 0.6 kJ/mm, gap 3 mm?", [])
        assert grounded.unused == ["3 mm"]
        assert grounded.taken == ["0.6 kJ/mm is taken as heat input; say arc energy where that is meant."]

    def test_what_is_missing_is_asked_for(self):
        assert ground(plan("calculate_physics"), "Which travel speed keeps the heat input under 0.6 kJ/mm at 200 A?", []).question == (
            "To find the travel speed I need more. What is the voltage (in V or another unit)?"
        )
        assert (
            ground(plan("calculate_physics"), "What does one bead cost at 188 A?", []).question
            == "To find the cost of the bead I need more. What is the price of the wire (per kg)?"
        )

    def test_a_name_may_be_missing_too(self):
        asked = ground(plan("recommend_settings"), "What gives 3 kg/h at 188 A, 21.4 V, 8 mm/s, wire diameter 1.2 mm and WFS 8 m/min?", [])
        assert asked.question == "What is the material?"

    def test_what_is_missing_is_taken_from_before(self):
        assert self.physics("Which travel speed keeps the heat input under 0.6 kJ/mm?", "Is 200 A, 22 V and 8 mm/s normal?") == self.FOUND
        assert self.physics("and at 240 A?", self.LIMIT) == self.FOUND | {"current_a": 240.0}
        assert self.physics("and under 0.5 kJ/mm of heat input?", self.LIMIT) == self.FOUND | {"heat_input_j_mm": 500.0}

    def test_a_complete_question_takes_nothing_from_before(self):
        assert self.physics("Arc power at 150 A and 20 V?", self.LIMIT) == {"current_a": 150.0, "voltage_v": 20.0, "solve_for": "arc_power_kw"}

    def test_the_only_number_that_fits_the_only_gap_is_taken(self):
        assert self.physics("Deposition rate of 1.2 mm wire at 8 m/min?")["wire_diameter_mm"] == 1.2

    def test_what_is_not_credible_is_refused_but_was_forgiven_before(self):
        with pytest.raises(BadInput, match="heat_input_j_mm"):
            self.physics("Which travel speed keeps heat input under 5000 kJ/mm at 200 A and 22 V?")
        assert self.physics(self.LIMIT, "heat input under 5000 kJ/mm?") == self.FOUND


class TestWhatToolsTake:
    def test_a_setting_that_says_nothing_to_a_tool_is_not_passed_on(self):
        grounded = ground(plan("detect_anomaly", "predict_energy"), "Normal, and what energy, at 188 A, 21.4 V, 8 mm/s, bead length 120 mm?", [])
        taken = dict(grounded.calls)
        assert "bead_length_mm" not in taken["detect_anomaly"] and taken["predict_energy"]["bead_length_mm"] == 120.0

    def test_a_tool_that_does_not_exist_is_passed_over(self):
        assert [name for name, _ in ground(plan("make_coffee", "detect_anomaly"), QUESTION, []).calls] == ["detect_anomaly"]

    def test_a_search_gets_the_users_words(self):
        ((_, taken),) = ground(plan("search_knowledge", argument="humping cause electromagnetism"), "What is the cause of humping?", []).calls
        assert taken == {"query": "humping cause"}

    def test_a_search_for_the_models_own_words_gets_the_question(self):
        ((_, taken),) = ground(plan("search_knowledge", argument="porosity hydrogen"), "What is the cause of humping?", []).calls
        assert taken == {"query": "What is the cause of humping?"}

    def test_a_question_in_another_script_is_searched_for_in_the_models_translation(self):
        ((_, taken),) = ground(plan("search_knowledge", argument="causes of humping"), "CMT 험핑의 원인은 무엇인가요?", []).calls
        assert taken == {"query": "causes of humping"}
        ((_, taken),) = ground(plan("search_knowledge", argument="pulsed GMAW"), "펄스 GMAW 란?", []).calls
        assert taken == {"query": "pulsed GMAW"}
        ((_, taken),) = ground(plan("search_knowledge", argument="험핑 원인"), "험핑의 원인은?", []).calls
        assert taken == {"query": "험핑의 원인은?"}


NOTE = "layer 3 at -5 A and 10 kV: heavy spatter"
FAST, HUMPING = "too fast", "Humping comes from too high a travel speed"
BOTH = {"answer": FAST, "reference": HUMPING}


class TestTexts:
    def test_are_the_users_own_words_and_never_the_models(self):
        grounded = ground(plan("analyze_note", argument="the wire feed is bad"), f'What does the note "{NOTE}" say?', [])
        assert grounded.calls == [("analyze_note", {"note": NOTE})], "nor are a note's numbers settings that must be credible"

    def test_a_missing_text_is_asked_for_in_one_sentence(self):
        note, both, one = (
            ground(plan(tool), question, []).question
            for tool, question in (("analyze_note", "Read my shift note"), ("grade_answer", "Grade it"), ("grade_answer", f'Grade "{FAST}"'))
        )
        assert note == "What is the note, in quotation marks or after `note:`?"
        assert both == (
            "What are the answer to be graded and the reference that it is graded against, each in quotation marks or after `answer:` and "
            "`reference:`?"
        )
        assert one == "What is the reference that it is graded against, in quotation marks or after `reference:`?"

    @pytest.mark.parametrize("reply", [HUMPING, f'"{HUMPING}"', f"reference: {HUMPING}", f'It is "{HUMPING}"'])
    def test_the_reply_is_what_was_asked_for_and_the_rest_is_carried(self, reply: str):
        asked = ground(plan("grade_answer"), f'Grade "{FAST}"', []).question
        before = [Message(role="user", content=f'Grade "{FAST}"'), Message(role="assistant", content=str(asked))]
        grounded = ground(plan("grade_answer"), reply, before)
        assert grounded.calls == [("grade_answer", {"answer": FAST, "reference": HUMPING})] and grounded.carried == ["answer"]

    def test_another_answer_is_graded_against_the_reference_of_before(self):
        before = said(f'Grade "{FAST}" against "{HUMPING}"')
        grounded = ground(plan("grade_answer"), 'And the answer "too slow"?', before)
        assert grounded.calls == [("grade_answer", {"answer": "too slow", "reference": HUMPING})] and grounded.carried == ["reference"]

    def test_an_earlier_question_is_no_note(self):
        assert ground(plan("analyze_note"), "Read my shift note", said(QUESTION)).calls == []

    def test_beside_settings_both_are_asked_for(self):
        asked = ground(plan("analyze_note", "detect_anomaly"), "Read my note; is 188 A and 8 mm/s fine?", []).question
        assert asked == "What is the voltage (in V or another unit)? What is the note, in quotation marks or after `note:`?"

    def test_settings_beside_a_note_are_those_outside_it(self):
        grounded = ground(plan("analyze_note", "detect_anomaly"), f'Note: "150 A, wire jams". {QUESTION}', [])
        assert grounded.calls == [("analyze_note", {"note": "150 A, wire jams"}), ("detect_anomaly", SETTINGS)] and grounded.unused == []

    def test_settings_are_not_lost_to_a_note_that_nothing_marks(self):
        grounded = ground(plan("analyze_note", "detect_anomaly"), "188 A, 21.4 V, 48 cm/min gave heavy spatter. Is that normal?", [])
        assert dict(grounded.calls)["detect_anomaly"] == SETTINGS
        with pytest.raises(BadInput, match="current_a"):
            ground(plan("analyze_note"), "I weld at 9000 A. Is that ok?", [])

    def test_numbers_of_an_earlier_note_are_no_settings(self):
        before = said('The shift note: "layer 3 at 150 A, 22 V, wire jams"')
        assert "current" in str(ground(plan("detect_anomaly"), "Is it normal at 8 mm/s?", before).question)
        assert dict(ground(plan("detect_anomaly"), "and at 8 mm/s?", said('Is "188 A, 21.4 V" fine?')).calls)


class TestTextsOfEarlierMessages:
    @pytest.mark.parametrize(
        "earlier",
        [
            'What does the note "heavy spatter" say?',
            "What does “heat input” mean?",
            'The operator said "heavy spatter", how bad is that?',
            'Is "188 A, 21.4 V" fine?',
        ],
    )
    def test_a_quotation_that_was_not_handed_over_for_grading_is_not_graded(self, earlier: str):
        asked = ground(plan("grade_answer"), f'Grade it against the reference "{HUMPING}"', said(earlier))
        assert asked.calls == [] and "answer to be graded" in str(asked.question)

    def test_nor_is_the_one_before_it_once_another_may_be_meant(self):
        before = [*said(f'Grade "{FAST}" against "{HUMPING}"'), *said('And this one: "too slow"?')]
        asked = ground(plan("grade_answer"), 'And against the reference "Slow travel"?', before)
        assert asked.calls == [] and "answer to be graded" in str(asked.question)

    def test_a_question_that_follows_a_question_back_is_no_text(self):
        before = [*said(f'Grade "{FAST}"'), Message(role="assistant", content=asking.texts(["reference"]))]
        later = [*before, *said("What is the reference for, anyway?"), Message(role="assistant", content="It is compared [T1].")]
        assert ground(plan("grade_answer"), "What is the reference for, anyway?", before).calls == []
        assert ground(plan("grade_answer"), 'Grade the answer "too slow"', later).calls == []

    def test_a_text_by_another_name_is_not_the_one_asked_for(self):
        before = [*said(f'Grade "{FAST}"'), Message(role="assistant", content=asking.texts(["reference"]))]
        assert ground(plan("grade_answer"), 'answer: "too slow"', before).calls == []

    def test_quotations_are_what_was_asked_for_in_that_order(self):
        before = [*said("Grade it"), Message(role="assistant", content=asking.texts(["answer", "reference"]))]
        assert ground(plan("grade_answer"), f'"{FAST}" and "{HUMPING}"', before).calls == [("grade_answer", BOTH)]
        before[-1] = Message(role="assistant", content=f"What is the voltage (in V or another unit)? {asking.texts(list(asking.TEXTS))}")
        calls = ground(plan("analyze_note", "grade_answer"), f'22 V. "spatter", "{FAST}" and "{HUMPING}"', before).calls
        assert calls == [("analyze_note", {"note": "spatter"}), ("grade_answer", BOTH)]

    def test_a_note_that_was_asked_for_with_settings_stands_beside_them(self):
        before = [*said("Read my note; is 188 A and 48 cm/min fine?")]
        before.append(Message(role="assistant", content=f"What is the voltage (in V or another unit)? {asking.texts(['note'])}"))
        grounded = ground(plan("analyze_note", "detect_anomaly"), '21.4 V, and "heavy spatter"', before)
        assert dict(grounded.calls) == {"analyze_note": {"note": "heavy spatter"}, "detect_anomaly": SETTINGS}

    def test_the_question_goes_along_and_another_one_needs_another_reference(self):
        before = said(f'Question: "Why does it hump?" Answer: "{FAST}"')
        ((_, taken),) = ground(plan("grade_answer"), f'The reference is "{HUMPING}"', before).calls
        assert taken == BOTH | {"question": "Why does it hump?"}
        before = said(f'Question: "Why does it hump?" Answer: "{FAST}" Reference: "{HUMPING}"')
        asked = ground(plan("grade_answer"), 'Question: "Why preheat?" Answer: "less hydrogen"', before).question
        assert asked == asking.texts(["reference"])


def test_the_words_of_a_long_message_are_read_once():
    def query(text: str) -> object:
        return ground(plan("search_knowledge", argument="humping cause"), "Why?", [{"role": "assistant", "content": text}])

    assert growth(query, lambda length: "/" * length, 10_000) < 40
