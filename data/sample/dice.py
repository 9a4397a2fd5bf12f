"""Chance that is the same on every Python version and machine.

Only `random.Random.random` is promised to give the same numbers for a seed in all versions of
Python, so every choice here is made from it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Generic, TypeVar

T = TypeVar("T")


class Dice:
    """A seeded source of choices.

    Parameters
    ----------
    seed
        The seed of the whole data set.
    purpose
        What the choices are for. Each purpose has its own stream, so that one more choice here
        does not change what is chosen there.
    """

    def __init__(self, seed: int, purpose: str) -> None:
        digest = blake2b(f"{seed}:{purpose}".encode(), digest_size=8).digest()
        self._random = random.Random(int.from_bytes(digest, "big"))

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self._random.random() < probability

    def fraction(self) -> float:
        """Return a number in [0, 1)."""
        return self._random.random()

    def below(self, limit: int) -> int:
        """Return an integer in [0, limit)."""
        return int(self._random.random() * limit)

    def between(self, low: int, high: int, step: int = 1) -> int:
        """Return one of low, low + step, ... up to high, all equally likely."""
        return low + step * self.below((high - low) // step + 1)

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options, all equally likely."""
        return options[self.below(len(options))]

    def weighted(self, options: Sequence[tuple[T, float]]) -> T:
        """Return the value of one (value, weight) pair."""
        at = self._random.random() * sum(weight for _, weight in options)
        for value, weight in options:
            at -= weight
            if at < 0:
                return value
        return options[-1][0]

    def shuffled(self, values: Iterable[T]) -> list[T]:
        """Return the values in random order (Fisher and Yates)."""
        out = list(values)
        for last in range(len(out) - 1, 0, -1):
            at = self.below(last + 1)
            out[last], out[at] = out[at], out[last]
        return out

    def sample(self, values: Iterable[T], size: int) -> list[T]:
        """Return `size` different values, fewer when there are not as many."""
        return self.shuffled(values)[:size]


class Deck(Generic[T]):
    """Cards dealt in random order, shuffled anew when all are dealt.

    Dealing rather than picking keeps a phrase from coming up twice in a row and uses all phrases
    about equally often.
    """

    def __init__(self, cards: Sequence[T], dice: Dice) -> None:
        self._cards = list(cards)
        self._dice = dice
        self._left: list[T] = []

    def deal(self, fits: Callable[[T], bool] = lambda _: True) -> T | None:
        """Return the next card that fits, or None when no card does."""
        for fresh in (False, True):
            if fresh:
                self._left += self._dice.shuffled(self._cards)
            for at, card in enumerate(self._left):
                if fits(card):
                    return self._left.pop(at)
        return None
