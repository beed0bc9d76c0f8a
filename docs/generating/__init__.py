"""The parts of the documentation that are made from the program itself, as Markdown.

Each module makes some; `PARTS` names them all, and `extension` puts them where a page asks for
them. No fact stands here: only how the program's own data is laid out for readers.
"""

from collections.abc import Callable, Mapping
from typing import Final

from generating import commands, facts, members, statuses, worlds

PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "causes": statuses.causes,
    "command-line": commands.helps,
    "constraints": members.constraints,
    "diagrams": statuses.diagrams,
    "errors": facts.errors,
    "inferred-edges": statuses.inferred_edges,
    "instances": facts.instances,
    "latencies": facts.latencies,
    "messages": statuses.messages,
    "replies": members.replies,
    "requests": members.requests,
    "rules": facts.rules,
    "statuses": statuses.statuses,
    "structures": members.structures,
    "told": facts.told,
    "transitions": statuses.transitions,
    "world-keys": worlds.keys,
}
"""From the name that a page writes to the Markdown that stands there."""
