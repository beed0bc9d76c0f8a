"""Facts and where they are from: measured numbers, prices, errors, rules, and what docstrings tell.

What is told of a source stands in the docstring beside the fact; it is collected here, by the words
that this project uses for it (`WORDS`).
"""

import inspect
import re
from collections.abc import Callable
from typing import Final

from generating.docstrings import ROOT, documented, prose
from generating.markdown import code, table
from simjob.spec import errors as error_answers
from simjob.spec.instances import instance_type, instance_type_names
from simjob.spec.rules import RULES
from simjob.world.latencies import MEASURED

WORDS: Final = re.compile(
    r"\b(recorded|inferred|inference|documented|measured|estimated?|from memory|not confirmed"
    r"|general knowledge|sources?|collected|were seen|was found in public|known of the service"
    r"|made up|of our own|ours)\b",
    re.IGNORECASE,
)
"""By these words a docstring tells where a fact is from."""

PLACES: Final = ("spec", "world", "engine", "views", "aws", ".")
"""The rooms that hold facts about the service; the others only use them."""


def _told_by(function: Callable[..., object]) -> str:
    return " ".join(prose(function.__doc__ or ""))


def errors() -> str:
    """Every known refusal."""
    rows = [
        [code(name), _told_by(each)]
        for name, each in inspect.getmembers(error_answers, inspect.isfunction)
        if inspect.signature(each).return_annotation is error_answers.ApiError
    ]
    return table(["`simjob.spec.errors`", "what it answers, and how that is known"], rows)


def rules() -> str:
    """The rules for members together."""
    rows = [[code(rule.__name__), _told_by(rule)] for rule in RULES]
    return table(["`simjob.spec.rules`", "what it asks"], rows)


def latencies() -> str:
    """The measured latencies of the service."""
    head = ["phase", "for", "period", "measurements", "median, s", "90th percentile, s"]
    rows = [[phase, key, *map(str, rest)] for phase, _, key, *rest in MEASURED]
    return table(head, rows)


def instances() -> str:
    """The catalogue of instance types."""
    head = ["type", "vCPUs", "memory, GiB", "accelerators", "$ an hour", "of", "source"]
    rows = []
    for name in instance_type_names():
        each = instance_type(name)
        rate = each.training_dollars_per_hour
        accelerators = f"{each.accelerators} {each.accelerator_name}" if each.accelerators else ""
        rows.append(
            [
                code(name),
                str(each.vcpus),
                f"{each.memory_bytes / 2**30:g}",
                accelerators,
                "unknown" if rate is None else f"{rate:.4g}",
                each.rate_date,
                each.rate_source,
            ]
        )
    return table(head, rows)


def told() -> str:
    """What the docstrings of the core tell about their sources, by module."""
    parts = []
    for place in PLACES:
        for path in sorted((ROOT / place).glob("*.py")):
            module = path.relative_to(ROOT).with_suffix("")
            entries = []
            for name, text in documented(str(module)):
                found = [each for each in prose(text) if WORDS.search(each)]
                if found:
                    label = [f"**{code(name)}**"] if name else []
                    entries.append("\n\n".join([*label, *map(_plain, found)]))
            if entries:
                title = ".".join(["simjob", *module.parts])
                parts.append("\n\n".join([f"### {title}", *entries]))
    return "\n\n".join(parts)


def _plain(paragraph: str) -> str:
    """A paragraph of a docstring as Markdown: what is indented below a head is a quotation."""
    lines = paragraph.splitlines()
    if lines[0] in {"Args:", "Attributes:", "Returns:", "Raises:"}:
        items = re.split(r"\n    (?=\S)", "\n".join(lines[1:]).removeprefix("    "))
        kept = [" ".join(item.split()) for item in items if WORDS.search(item)]
        return "\n".join(f"- {item}" for item in kept)
    return paragraph
