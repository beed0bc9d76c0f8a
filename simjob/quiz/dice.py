"""Dice: the luck of a quiz, the same on every machine for the same key."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from random import Random
from typing import TypeVar

_T = TypeVar("_T")


class Dice:
    """Random choices that follow from a key alone.

    Only `Random.random` is used, which gives the same numbers in every version of Python.

    >>> Dice(7, "a").pick("xyz") == Dice(7, "a").pick("xyz")
    True
    """

    def __init__(self, *key: object) -> None:
        self._random = Random("/".join(map(str, key)))  # noqa: S311 - a quiz keeps no secrets

    def below(self, end: int) -> int:
        """A whole number from 0 to just below `end`."""
        return int(self._random.random() * end)

    def pick(self, options: Sequence[_T]) -> _T:
        """One of the options, which are not empty."""
        return options[self.below(len(options))]

    def chance(self, share: float) -> bool:
        """True in that share of all cases."""
        return self._random.random() < share

    def shuffled(self, items: Iterable[_T]) -> list[_T]:
        """The items in any order."""
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in range(len(left))]

    def seconds(self, low: int, high: int, step: int = 5) -> timedelta:
        """A span from `low` to `high` seconds, in steps of so many.

        >>> Dice(0).seconds(30, 30)
        datetime.timedelta(seconds=30)
        """
        return timedelta(seconds=low + step * self.below((high - low) // step + 1))
