"""Storage: what lies under which S3 prefix, and how fast it moves.

How a job divides its data among instances is the engine's affair.
"""

from typing import Final, Literal

from attrs import field, frozen

from simjob.world.checks import (
    FieldError,
    check,
    check_items,
    count,
    instance_of,
    named,
    one_of,
    pattern,
    positive,
    row,
)
from simjob.world.durations import seconds

_URI: Final = pattern(r"s3://[^/\s]+(/.*)?", "an S3 URI such as 's3://bucket/prefix'")


@frozen
class S3Prefix:
    """What lies under one S3 prefix.

    Args:
        uri: such as "s3://bucket/train"; a final slash makes no difference.
        bytes: of all objects together.
        objects: how many there are.
        access: "ok", "denied" (the role may not read it) or "missing" (nothing is there).

    Raises:
        ValueError: for values out of range.

    >>> S3Prefix("s3://bucket/train", bytes=10**9).objects
    1
    """

    uri: str = field(validator=check(_URI))
    bytes: int = field(default=0, validator=check(count))
    objects: int = field(default=1, validator=check(count))
    access: Literal["ok", "denied", "missing"] = field(
        default="ok", validator=check(one_of("ok", "denied", "missing"))
    )


ELSEWHERE: Final = S3Prefix("s3://elsewhere")
"""What stands for every prefix that a world does not name."""


@frozen(field_transformer=named)
class Storage:
    """S3 as the instances see it.

    Args:
        download_bytes_per_second: of one instance. The default is from the documentation of the
            service: about 50 GB in 100 MB objects in 5 minutes.
        upload_bytes_per_second: of one instance; the default is inferred (packing a model is
            slower than reading data).
        seconds_per_object: what each object adds to a download; the default is inferred (tens of
            milliseconds for a request, about ten at a time).
        prefixes: what lies where; what is not named here is there, and empty.

    Raises:
        ValueError: for values out of range, and for a prefix that is given twice.

    >>> storage = Storage(prefixes=[S3Prefix("s3://b"), S3Prefix("s3://b/train", bytes=5)])
    >>> storage.prefix_for("s3://b/train/").bytes, storage.prefix_for("s3://b/training").bytes
    (5, 0)
    """

    download_bytes_per_second: float = field(default=170e6, validator=check(positive))
    upload_bytes_per_second: float = field(default=100e6, validator=check(positive))
    seconds_per_object: float = field(default=0.005, converter=seconds)
    prefixes: tuple[S3Prefix, ...] = field(
        default=(), converter=row, validator=check_items(instance_of(S3Prefix))
    )

    def __attrs_post_init__(self) -> None:
        seen: set[str] = set()
        for index, prefix in enumerate(self.prefixes):
            place = prefix.uri.rstrip("/")
            if place in seen:
                raise FieldError(f"prefixes[{index}].uri", f"is given twice: {prefix.uri!r}")
            seen.add(place)

    def held_by(self, uri: str) -> S3Prefix:
        """What a channel reads at an S3 URI: all that is named at or below it, taken together.

        Where nothing is, the longest prefix above it says (`prefix_for`). One denied prefix denies
        all; what is missing counts only where nothing else is there.
        """
        place = uri.rstrip("/") + "/"
        below = [each for each in self.prefixes if (each.uri.rstrip("/") + "/").startswith(place)]
        if len(below) < 2:
            return below[0] if below else self.prefix_for(uri)
        there = [each for each in below if each.access != "missing"]
        denied = any(each.access == "denied" for each in there)
        return S3Prefix(
            uri,
            bytes=sum(each.bytes for each in there),
            objects=sum(each.objects for each in there),
            access="denied" if denied else "ok" if there else "missing",
        )

    def prefix_for(self, uri: str) -> S3Prefix:
        """What lies under an S3 URI: the longest prefix that is it or a folder above it.

        Without one, an empty S3Prefix of that URI.

        Raises:
            ValueError: for a URI that is none, and matches no prefix.
        """
        place = uri.rstrip("/") + "/"
        above = [each for each in self.prefixes if place.startswith(each.uri.rstrip("/") + "/")]
        return max(above, key=lambda each: len(each.uri.rstrip("/"))) if above else ELSEWHERE
