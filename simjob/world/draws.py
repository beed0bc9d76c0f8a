"""Keyed random draws: every uniform number is a pure function of what it is drawn for.

A draw is keyed by (seed, place, job, purpose, number), so that adding or stopping one job never
changes another's luck, and is the same on every machine. What the draws decide is told elsewhere.
"""

from enum import IntEnum
from struct import Struct
from typing import Final

from simjob.world.distributions import Constant, Distribution

_BLOCK: Final = 8
_WORDS: Final = Struct("<8Q")
_ULP: Final = 2.0**-53


class Purpose(IntEnum):
    """What a number is drawn for. One hash serves eight purposes: those of an instance, then rarer.

    The numbers are part of the key: a new purpose goes to the end.

    >>> Purpose.TRAIN
    <Purpose.TRAIN: 5>
    """

    LAUNCH = 0
    UNHEALTHY = 1
    PREPARE = 2
    DOWNLOAD = 3
    PULL = 4
    TRAIN = 5
    UPLOAD = 6
    INSTANCE_FAILURE = 7
    INTERRUPTION = 8
    INTERRUPTED = 9
    FAILS_AFTER = 10
    GIVE_UP = 11
    LIMIT_LAG = 12
    CHANCE = 13
    EVENT_DELAY = 14
    EVENT_REORDER = 15
    EVENT_DUPLICATE = 16
    EVENT_LATE = 17
    ARRIVAL = 18
    ZONE = 19
    WAVE_EVERY = 20
    WAVE_LASTS = 21


class Draws:
    """The random numbers of one run.

    Args:
        seed: any whole number, also negative or huge.
        place: tells apart the places that share a seed; the first of them needs no name.

    Raises:
        TypeError: for a seed that is no int, or a bool.

    >>> draws = Draws(7)
    >>> draws.uniform("a", Purpose.TRAIN) == Draws(7).uniform("a", Purpose.TRAIN)
    True
    """

    __slots__ = ("_hash", "_key", "_words", "seed")

    def __init__(self, seed: int, place: str = "") -> None:
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise TypeError(f"a seed is a whole number, is {seed!r}")
        from hashlib import blake2b  # noqa: PLC0415 - loads a library that a reader never needs

        self.seed: Final = seed
        # Hexadecimal, because Python refuses to print a huge number in decimal. What every key
        # begins with is hashed once.
        prefix = f"{seed:x}@{place}" if place else f"{seed:x}"
        self._hash = blake2b(f"{prefix}/".encode(), person=b"simjob draws 1")
        self._key: tuple[str, int, int] = ("", 0, -1)
        self._words: tuple[int, ...] = ()

    def uniform(self, job: str, purpose: Purpose, number: int = 0) -> float:
        """A uniform number of 53 bits, 0 <= u < 1.

        Args:
            job: the key of the job that it is drawn for, such as its name.
            purpose: what it decides.
            number: tells apart the draws of one job and purpose (instances, attempts).
        """
        block, place = divmod(purpose, _BLOCK)
        return (self._block(job, number, block)[place] >> 11) * _ULP

    def usual(self, job: str, number: int = 0) -> tuple[float, ...]:
        """The uniform numbers of the first eight purposes at once: those of one instance.

        >>> draws = Draws(7)
        >>> draws.usual("a")[Purpose.TRAIN] == draws.uniform("a", Purpose.TRAIN)
        True
        """
        return tuple([(word >> 11) * _ULP for word in self._block(job, number, 0)])

    def eight(self, job: str, purpose: Purpose, number: int = 0) -> tuple[float, ...]:
        """Eight uniform numbers of one purpose at once, where many are needed in their order.

        >>> len(set(Draws(7).eight("a", Purpose.ARRIVAL)))
        8
        """
        # Blocks below 0 are those that have one purpose only.
        return tuple([(word >> 11) * _ULP for word in self._block(job, number, ~purpose)])

    def _block(self, job: str, number: int, block: int) -> tuple[int, ...]:
        key = (job, number, block)
        if key != self._key:
            hashed = self._hash.copy()
            text = f"{number}/{block}/{job}"
            hashed.update(
                text.encode() if text.isascii() else text.encode("utf-8", "surrogatepass")
            )
            # Only the last block is kept, so that a million jobs need no memory.
            self._words = _WORDS.unpack(hashed.digest())
            self._key = key
        return self._words

    def sample(
        self, distribution: Distribution, job: str, purpose: Purpose, number: int = 0
    ) -> float:
        """A duration in seconds, by the uniform number of the same key; no draw for a Constant."""
        if type(distribution) is Constant:
            return distribution.value
        return distribution.sample(self.uniform(job, purpose, number))
