"""Dawid and Skene's model: as the plain algorithm on tasks one by one has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagledger.verdicts.dawid_skene import patterns, probabilities
from tests.said import event, folded, source, verdict_rows


def plain(answers: dict[int, dict[int, bool]], rounds: int) -> np.ndarray:
    """The EM algorithm by the paper's formulas 2.3 to 2.5, task by task."""
    people = sorted({by for said in answers.values() for by in said})
    chance = {task: sum(said.values()) / len(said) for task, said in answers.items()}
    for number in range(rounds + 1):
        prior = sum(chance.values()) / len(chance)
        rate = {}
        for by in people:
            for truth in (False, True):
                weights = {False: 0.0, True: 0.0}
                for task, said in answers.items():
                    if by in said:
                        weights[said[by]] += chance[task] if truth else 1 - chance[task]
                weights = {answer: max(one, 1e-10) for answer, one in weights.items()}
                total = sum(weights.values())
                for answer, one in weights.items():
                    rate[by, truth, answer] = one / total
        if number == rounds:
            break
        for task, said in answers.items():
            yes = prior * np.prod([rate[by, True, one] for by, one in said.items()])
            no = (1 - prior) * np.prod([rate[by, False, one] for by, one in said.items()])
            chance[task] = yes / (yes + no)
    return np.array(list(chance.values()))


def some_answers(seed: int, tasks: int = 60) -> dict[int, dict[int, bool]]:
    chance = np.random.default_rng(seed)
    right = [0.95, 0.9, 0.8, 0.6, 0.3]
    found = {}
    for task in range(tasks):
        truth = bool(chance.random() < 0.3)
        who = np.flatnonzero(chance.random(5) < 0.7)
        who = who if len(who) else np.array([0])
        found[task] = {int(by): truth if chance.random() < right[by] else not truth for by in who}
    return found


def as_columns(answers: dict[int, dict[int, bool]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    by = np.array([one for said in answers.values() for one in sorted(said)], np.int32)
    yes = np.array([said[one] for said in answers.values() for one in sorted(said)], bool)
    lengths = [len(said) for said in answers.values()]
    return by, yes, np.cumsum([0, *lengths[:-1]])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rounds", [1, 3, 20])
def test_it_is_the_plain_algorithm(seed: int, rounds: int) -> None:
    answers = some_answers(seed)
    found = probabilities(*as_columns(answers), rounds=rounds, tolerance=-np.inf)
    assert found == pytest.approx(plain(answers, rounds), abs=1e-9)


def test_who_is_mostly_wrong_weighs_less_than_one_who_is_right() -> None:
    answers = {task: {0: task % 3 == 0, 1: task % 3 == 0, 2: task % 3 != 0} for task in range(60)}
    answers[60] = {0: True, 1: True, 2: False}
    found = probabilities(*as_columns(answers))
    assert found[60] > 0.99


def test_a_verdict_that_nobody_gave_stands_on_all_who_answered(tmp_path: Path) -> None:
    texts = [f"p-{number:02d}" for number in range(62)]
    events = [
        event(
            by=by, item=item, yes=["a"] if (number % 3 == 0) != (by == "cat") else [], asked=["a"]
        )
        for number, item in enumerate(texts[:60])
        for by in ("ann", "bob", "cat")
    ]
    events += [event(by="cat", item=item, yes=[], asked=["a"]) for item in texts[60:]]
    made = folded(tmp_path, events, source({}, texts), policy="dawid-skene")
    item_of = {one.id: one.item for one in events}
    rows = verdict_rows(made.verdicts)
    for item in texts[60:]:
        assert rows[item, "a"][:3] == (True, "labelled", "cat")
        assert item_of[rows[item, "a"][3]] == item


def test_no_answers_have_no_probabilities() -> None:
    nothing = np.empty(0, np.int32)
    assert len(probabilities(nothing, nothing.astype(bool), nothing.astype(np.int64))) == 0


def test_groups_of_the_same_codes_are_one_pattern() -> None:
    codes = np.array([1, 2, 3, 1, 2, 7, 3])
    first, of_group, count = patterns(codes, np.array([0, 2, 3, 5, 6]))
    assert of_group[0] == of_group[2]
    assert of_group[1] == of_group[4]
    assert sorted(count.tolist()) == [1, 2, 2]
    assert sorted(first.tolist()) == [0, 1, 3]


# What DawidSkene of crowd-kit 1.4.2 (github.com/Toloka/crowd-kit) makes of these votes, with n_iter
# as the key and tol=-inf. A task is a text, with y, n or - for each of four people; the values are
# the probabilities of y. Where it ends by itself is not compared: its bound counts the prior once
# for each answer, and not once for each task, so that it ends at another round.
VOTES = "yyn- ynnn yyyy yyny nnny y-yy nnnn yn-n yny- -nn- yyn- nnny yyny n-n- -nnn yyyn yyyy y-yn"
VOTES += " yyy- n-n- --nn nnny nn-n yyn-"
CROWD_KIT = {
    3: [
        0.979299968,
        0.105872118,
        0.999825267,
        0.988903988,
        0.000322661,
        0.995452083,
        8.7657e-05,
        0.213432986,
        0.936941228,
        0.053247798,
        0.979299968,
        0.000322661,
        0.988903988,
        0.001338017,
        0.02797191,
        0.999356964,
        0.999825267,
        0.983457083,
        0.999670884,
        0.001338017,
        0.183693943,
        0.000322661,
        0.000200853,
        0.979299968,
    ],
    100: [
        1.0,
        0.248475447,
        1.0,
        1.0,
        0.0,
        1.0,
        0.0,
        0.426107639,
        1.0,
        0.081412983,
        1.0,
        0.0,
        1.0,
        0.0,
        0.050004422,
        1.0,
        1.0,
        1.0,
        1.0,
        0.0,
        0.239511594,
        0.0,
        0.0,
        1.0,
    ],
}


@pytest.mark.parametrize("rounds", CROWD_KIT)
def test_it_is_what_crowd_kit_has(rounds: int) -> None:
    answers = {
        task: {by: mark == "y" for by, mark in enumerate(marks) if mark != "-"}
        for task, marks in enumerate(VOTES.split())
    }
    found = probabilities(*as_columns(answers), rounds=rounds, tolerance=-np.inf)
    assert found == pytest.approx(CROWD_KIT[rounds], abs=1e-8)
