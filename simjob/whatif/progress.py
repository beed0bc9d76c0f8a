"""What a sweep tells on its way, on standard error: a bar, only on a terminal, and remarks."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]
"""Is told how many replications are done."""


@contextmanager
def progress_bar(total: int, *, shown: bool) -> Iterator[Advance]:
    """A bar for so many replications, while the block lasts; nothing where it is not shown."""
    if not shown:
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - an extra, and only for people
    from rich.progress import (  # noqa: PLC0415 - the same
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("replications"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)


def remark(text: str) -> None:
    """Something to know that is no mistake."""
    print(f"simjob: {text}", file=sys.stderr)  # noqa: T201 - for people
