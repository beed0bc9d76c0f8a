"""The tags of a job: what a call makes of them, and their pages.

Which job they belong to is known to the control plane.
"""

from collections.abc import Iterable, Mapping

from simjob.spec import errors
from simjob.spec.shapes import Tag

MOST_TAGS = 50
"""How many tags one resource may have (documented)."""


def tag_map(tags: Iterable[Tag], before: Mapping[str, str]) -> dict[str, str]:
    """The tags after a call that sets some (wording inferred).

    Raises:
        ApiError: a key twice in one call, or too many of them in all.
    """
    given = list(tags)
    if len({each.Key for each in given}) < len(given):
        raise errors.rule_violated("Duplicate tag keys found in the request.")
    after = {**before, **{each.Key: each.Value for each in given}}
    if len(after) > MOST_TAGS:
        raise errors.rule_violated(f"A resource can have at most {MOST_TAGS} tags.")
    return after


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """The tags on their wire form, in the order in which they were first set."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def offset(token: str, count: int) -> int:
    """Where in so many tags the page of a token begins.

    Raises:
        ApiError: the token is of no such page.
    """
    if token in map(str, range(1, count)):
        return int(token)
    raise errors.rule_violated(f"Invalid NextToken '{token}'.")
