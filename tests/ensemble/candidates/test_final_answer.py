"""The final answers that texts state, and the texts that state none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates.final_answer import final_answer

STATED = {
    # marks that prompts ask for
    r"So we get \boxed{42}.": "42",
    r"Thus $\boxed{\frac{1}{2}}$": "1/2",
    r"Hence \boxed{\text{(B)}}.": "B",
    r"\boxed{ {7} }": "7",
    r"We have \fbox{3}, so \boxed {12}": "12",
    "Adding both: 9 + 3 = 12\n#### 12": "12",
    "Adding both.\n#### $1,200\n": "1200",
    "<think>maybe 5</think><answer>6</answer>": "6",
    "<answer>\n  (c) a boat\n</answer> Thanks!": "C",
    r"<answer>It follows that \boxed{8}</answer>": "8",
    # sentences
    "First 3, then 4. The answer is 7.": "7",
    "Therefore, the final answer is: **7**": "7",
    "**The answer is 7.**": "7",
    "the answer is\n\n\\[ 7 \\]": "7",
    "So the answer is 7 because 3 + 4 = 7.": "7",
    "The correct answer is (D) None of them.": "D",
    "The right option is B.": "B",
    "The correct choice would be C) Rome.": "C",
    "The answer to the second question is Rome.": "rome",
    "My final answer is no.": "no",
    "Final Answer: The final answer is $12$. I hope it is correct.": "12",
    "The answer is: the answer is 12 boats.": "12",
    r"\[ \text{The answer is 480} \]": "480",
    "The answer is {480}.": "480",
    "The answer is 3.5 km. It took long.": "7/2",
    # labels and headings
    "Some thoughts.\nAnswer: 15": "15",
    "Add them. Answer: Yes, it does.": "yes",
    "**Answer:** 15 apples": "15",
    "**Answer**: B": "B",
    "FINAL ANSWER: 15": "15",
    "## Final Answer\n\n15 apples are left.": "15",
    "**Final Answer**\n\n$\\boxed{15}$": "15",
    # the last one counts that has an answer
    "The answer is 4. Wait, that is wrong. The answer is 5.": "5",
    r"\boxed{4} would be wrong. The answer is 5.": "5",
    "The answer is 5. The answer is": "5",
    "The answer is 5. The final answer is {answer}.": "5",
    r"The answer is 5. So it is \boxed{5": "5",
    # other languages
    "Die Antwort lautet 12.": "12",
    "Die richtige Antwort ist **B**.": "B",
    "Antwort: 12 Äpfel": "12",
    "La réponse finale est 12.": "12",
    "Réponse : 12": "12",
    "La respuesta correcta es (B).": "B",
    "Respuesta final: 12": "12",
    "A resposta é 12.": "12",
    "La risposta è 12.": "12",
    "所以，答案是12。": "12",
    "答案：B": "B",
    "因此正确答案为 **12**。": "12",
    "答えは12です。": "12",
    "정답은 B": "B",
    "Ответ: 12": "12",
    # nothing but an answer
    "12": "12",
    " $1,800.00 ": "1800",
    "-3": "-3",
    ".5": "1/2",
    "12.": "12",
    "50%": "50%",
    "(B)": "B",
    "b.": "B",
    "Yes.": "yes",
    "**no**": "no",
}

PROSE = [
    "",
    " \n",
    "The cat sat on the mat in 1998.",
    "He answered the question: it was late.",
    "They will answer: nobody knows yet.",
    "If the answer is 5, we have to try again.",
    "If the correct answer is 5, we try again.",
    "The best choice is to wait until 2030.",
    "She had no answer for the 12 of them.",
    "# Results\n\n#### 2 Related work\nMany have written on it.",
    "##### 12",
    "The phone rings. Answer it!",
    "The answer is that nobody has ever been able to say which of the two is right.",
    "1998 was a good year",
    "A dog",
    "Yes we can",
    "14:30",
    "\\boxed{never closed",
    "La réponse de 12 ministres se fait attendre.",
    "Er ist die Antwort schuldig geblieben.",
]


@pytest.mark.parametrize(("text", "answer"), STATED.items())
def test_stated_answers(text, answer):
    assert final_answer(text) == answer


@pytest.mark.parametrize("text", PROSE)
def test_prose_states_none(text):
    assert final_answer(text) is None


ANY = st.text(max_size=200) | st.lists(
    st.sampled_from(
        [
            *"{}$*#\n .:=,/()\\",
            "\\boxed",
            "\\frac",
            "the answer is ",
            "Answer:",
            "<answer>",
            "#### ",
            *("12", "1,800", "B", "yes", "答案", "</answer>", "x", "1/0", "½", "٣"),
        ]
    ),
    max_size=30,
).map("".join)


@given(ANY)
def test_any_text_has_an_answer_or_none(text):
    answer = final_answer(text)
    assert answer is None or answer


@given(
    before=ANY, after=st.sampled_from(["", "\n", "  ", "\nI hope it is correct.", " It was easy."])
)
def test_text_before_a_statement_and_prose_after_it_do_not_count(before, after):
    assert final_answer(f"{before}\n\nThe final answer is 34 boats.{after}") == "34"


@given(ANY)
def test_a_statement_repeated_is_the_same_answer(text):
    stated = f"{text}\n\nThe answer is 34."
    assert final_answer(f"{stated}\n{stated}") == final_answer(stated)


@pytest.mark.parametrize(
    "piece",
    [
        *("the answer is ", "the answer to ", "\\boxed{", "{", "#### 1", "**", "$", "Answer:", " "),
        *("9", "\\frac{1}", "1,", "the the ", "<answer>", "the final correct answer is **"),
        *("答案是", "- ", "(a"),
    ],
)
def test_long_repetitions_are_read_in_one_pass(piece):
    # A pattern that goes back over the whole text would not come to an end within the timeout.
    repeated = piece * (100_000 // len(piece))
    final_answer(repeated)
    assert final_answer(f"{repeated}\n\nThe answer is 34.") == "34"


def test_only_the_neighbourhood_of_a_statement_is_read():
    number = "9" * 100_000
    assert final_answer(f"The answer is 5.\n{number}") == "5"
    assert final_answer(f"The answer is {number}") == "9" * 200
