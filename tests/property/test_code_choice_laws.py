"""Test laws about code suggestions on generated notes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from therapy_billing.code_choice.records import CodeSuggestion
from therapy_billing.code_choice.rules import CODES
from therapy_billing.code_choice.suggestion import suggest_code

SENTENCES = (
    "Lifting boxes from floor to shelf",
    "Step-ups 3x10",
    "No balance work today",
    "Tandem stance on foam to improve balance",
    "Joint mobilization, grade III",
    "Walked 300 feet",
    "For return to work, squats with a crate",
    "Reviewed HEP",
    "Gait training with cues for heel strike",
    "Massage to the calf",
    "Dressing with a sock aid",
    "Balance training not addressed",
    "Lifting with cues for posture",
)
notes = st.lists(st.sampled_from(SENTENCES), max_size=6, unique=True)
texts = st.text(max_size=200) | st.text("ab xto.,;()3#'/\n-", max_size=60)
marked = st.text("qzjvx", min_size=6, max_size=20)


def note(sentences: list[str]) -> str:
    return ". ".join(sentences)


class TestOrder:
    """The order of the sentences of a note does not matter."""

    @given(notes.flatmap(lambda drawn: st.tuples(st.just(drawn), st.permutations(drawn))))
    def test_the_order_of_sentences_does_not_matter(
        self, drawn: tuple[list[str], list[str]]
    ) -> None:
        first, second = drawn
        assert suggest_code(note(first)) == suggest_code(note(second))

    @given(notes)
    def test_repeating_a_sentence_changes_nothing(self, sentences: list[str]) -> None:
        assert suggest_code(note(sentences)) == suggest_code(note(sentences + sentences))


class TestForm:
    """Case and spacing do not change the suggestion."""

    @given(notes, st.integers(1, 4))
    def test_case_and_spaces_do_not_matter(self, sentences: list[str], width: int) -> None:
        text = note(sentences)
        wide = f"{' ' * width}{text}\t".replace(" ", " " * width)
        assert suggest_code(text.upper()) == suggest_code(wide) == suggest_code(text)


class TestAnyText:
    """Any text is accepted, and the result does not repeat it."""

    @given(texts, st.none() | texts)
    def test_any_text_is_read_without_an_error(self, activity: str, purpose: str | None) -> None:
        suggestion = suggest_code(activity, purpose)
        assert sorted(one.code for one in suggestion.ranked) == list(CODES)
        scores = [one.score for one in suggestion.ranked]
        assert scores == sorted(scores, reverse=True)
        assert all(score >= 0 for score in scores)

    @given(notes, marked, marked)
    def test_no_result_repeats_any_of_it(self, sentences: list[str], name: str, other: str) -> None:
        suggestion = suggest_code(f"{name} {note(sentences)} {name}", f"strength of {other}")
        for shown in (
            repr(suggestion),
            str(suggestion),
            str(suggestion.to_dict()),
            suggestion._repr_html_(),
        ):
            assert name not in shown.lower()
            assert other not in shown.lower()


class TestDecision:
    """A code is suggested only if it leads clearly, and ``contradicts`` agrees with the suggestion."""

    @given(notes)
    def test_a_suggested_code_leads_by_two_points(self, sentences: list[str]) -> None:
        suggestion = suggest_code(note(sentences))
        if suggestion.code is not None:
            best, second = suggestion.ranked[:2]
            assert suggestion.code == best.code
            assert best.score >= max(3, second.score + 2)

    @given(notes, st.sampled_from(CODES))
    def test_only_another_suggested_code_contradicts(
        self, sentences: list[str], documented: str
    ) -> None:
        suggestion: CodeSuggestion = suggest_code(note(sentences))
        differs = suggestion.code not in (None, documented)
        assert suggestion.contradicts(documented) is differs
