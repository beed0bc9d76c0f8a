"""The documentation: what is made from the program leaves nothing out, and no link is dead."""

import re
import sys
from pathlib import Path

import attrs
import pytest

from simjob.cli import main
from simjob.spec import replies, requests, scalars, shapes, shapes_search, shapes_today
from simjob.spec.editions import EDITIONS, Column
from simjob.spec.instances import instance_type_names
from simjob.spec.member import members
from simjob.spec.rules import RULES
from simjob.spec.statuses import INFERRED, TRANSITIONS, Cause, PrimaryStatus, SecondaryStatus
from simjob.world import World, load_world
from simjob.world.latencies import MEASURED

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))  # where Sphinx finds it, too

from dead_links import dead_links  # noqa: E402  it needs the path above
from generating import PARTS, facts, worlds  # noqa: E402  the same
from generating import members as member_tables  # noqa: E402  the same
from generating.docstrings import documented  # noqa: E402  the same

SHAPES = [requests, replies, shapes, shapes_today, shapes_search]


def cells(part: str) -> list[list[str]]:
    """The rows of the tables of a part, without their heads."""
    lines = [line for line in PARTS[part]().splitlines() if line.startswith("| ")]
    rows = [re.split(r"(?<!\\\\) \| ", line.strip("| ")) for line in lines]
    heads = [at - 1 for at, row in enumerate(rows) if set(row) == {"---"}]
    return [row for at, row in enumerate(rows) if at not in heads and at - 1 not in heads]


def test_every_part_stands_on_exactly_one_page() -> None:
    pages = [page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md")]
    asked = [name for page in pages for name in re.findall(r"(?m)^```\{generated\} (.*)$", page)]
    assert sorted(asked) == sorted(PARTS)


def test_no_status_is_missing() -> None:
    rows = cells("statuses")
    assert {row[0] for row in rows} == {f"`{status.value}`" for status in PrimaryStatus}
    assert {row[1] for row in rows} - {""} == {f"`{status.value}`" for status in SecondaryStatus}


def test_no_transition_and_no_cause_is_missing() -> None:
    shown = [tuple(cell.strip("`") for cell in row[:2]) for row in cells("transitions")]
    edges = [(source.value, target.value) for source, row in TRANSITIONS.items() for target in row]
    assert shown == edges
    assert [row[0] for row in cells("causes")] == [cause.value for cause in Cause]
    inferred = {tuple(cell.strip("`") for cell in row[:2]) for row in cells("inferred-edges")}
    assert inferred == {(source.value, target.value) for source, target in INFERRED}


def test_no_message_of_an_edition_is_missing() -> None:
    shown = {row[1] for row in cells("messages")}
    for edition in EDITIONS.values():
        told = attrs.asdict(edition.messages, recurse=False)
        terminal = told.pop("terminal")
        texts = {*told.values(), *terminal.values()} - {None}
        assert all(any(row.startswith(text) for row in shown) for text in texts)


def test_no_member_of_any_shape_is_missing() -> None:
    text = "\n\n".join(PARTS[part]() for part in ("requests", "replies", "structures"))
    sections = {each.partition("\n")[0]: each for each in re.split(r"(?m)^## ", text)[1:]}
    for shape in (each for module in SHAPES for each in member_tables.shapes_of(module)):
        for field in attrs.fields(shape):
            assert f"| `{field.name}` |" in sections[shape.__name__]
        for column in Column:
            required = [each.name for each in members(shape, column) if each.required]
            at = 2 if column is Column.PAGE else 3
            for name in required:
                (row,) = re.findall(rf"(?m)^\| `{name}` \|.*$", sections[shape.__name__])
                told = row.split(" | ")
                same = told[2].startswith("the same")
                assert told[1 if same else at - 1].startswith("**required**")


def test_no_constraint_is_missing_nor_any_of_its_clauses() -> None:
    rows = {row[0]: row[1:] for row in cells("constraints")}
    named = member_tables.named_constraints()
    assert set(rows) == {f"`{name}`" for name in named}
    for name, two in named.items():
        page, today = rows[f"`{name}`"]
        for told, constraint in (
            (page, two.page),
            (page if today == "the same" else today, two.today),
        ):
            for number in re.findall(r"equal to (\d+)", " ".join(constraint.clauses)):
                assert number == "0" or f"{int(number):,}" in told
            pattern = getattr(constraint, "pattern", None)
            assert pattern is None or pattern.replace("|", "\\|") in told
    assert "Stopped" in " ".join(rows["`TRAINING_JOB_STATUS`"])
    assert scalars.ROLE_ARN in named.values()


def test_no_rule_no_error_and_no_instance_type_is_missing() -> None:
    assert [row[0] for row in cells("rules")] == [f"`{rule.__name__}`" for rule in RULES]
    told = {name for name, _ in documented("spec/errors") if name.islower() and "." not in name}
    assert {row[0].strip("`") for row in cells("errors")} == told - {"as_java"}
    assert [row[0] for row in cells("instances")] == [f"`{n}`" for n in instance_type_names()]
    assert len(cells("latencies")) == len(MEASURED)


def test_every_table_of_a_world_file_is_told_with_its_keys(tmp_path: Path) -> None:
    text = worlds.keys()
    for name in attrs.fields_dict(World):
        assert f"| `{name}` |" in text
    for header in re.findall(r"(?m)^`(\[+[a-z_.A-Z]+\]+)`", text):
        file = tmp_path / "world.toml"
        file.write_text(f"{header}\nno_such_key = 1\n", encoding="utf-8")
        with pytest.raises(Exception, match="no_such_key") as refused:
            load_world(file)
        assert header.strip("[]").partition(".")[0] in str(refused.value)


def test_the_help_of_every_command_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = re.findall(r"(?m)^    (\w+)(?: .*)?$", capsys.readouterr().out)
    text = PARTS["command-line"]()
    assert re.findall(r"(?m)^## simjob (\w+)$", text) == listed
    assert text.count("usage: simjob ") == len(listed) > 5


def test_what_says_that_it_is_inferred_stands_among_the_facts() -> None:
    text = facts.told()
    for path in (facts.ROOT / "spec").glob("*.py"):
        told = " ".join(each for _, each in documented(f"spec/{path.stem}"))
        assert ("nferred" not in told) or f"### simjob.spec.{path.stem}\n" in text
    assert "The default of 60 s is inferred" in text
    assert "541 public run logs" in text


def test_links_between_pages_hold_in_the_repository_too() -> None:
    """Anchors too: there, a page has those of the headings that are written in it."""
    pages = {
        page: re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8"))
        for page in [ROOT / "README.md", *DOCS.rglob("*.md")]
    }
    anchors = {
        page.resolve(): {anchor(heading) for heading in re.findall(r"(?m)^#+ (.*)$", text)}
        for page, text in pages.items()
    }
    links = [
        (page, (page.parent / path).resolve() if path else page.resolve(), fragment)
        for page, text in pages.items()
        for path, fragment in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", text)
    ]
    assert len(links) > 50
    assert [link for link in links if not link[1].exists()] == []
    assert [link for link in links if link[2] and link[2] not in anchors[link[1]]] == []


def anchor(heading: str) -> str:
    """The anchor that a repository's view gives a heading."""
    words = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def test_the_front_page_leads_to_the_first_page_of_each_kind_of_reader() -> None:
    doors = re.findall(r"(?m)^- \*\*\[.*?\]\((.*?)\)", (DOCS / "index.md").read_text("utf-8"))
    assert doors == ["testing.md", "what-if.md", "learn.md"]


def test_dead_links_are_found(tmp_path: Path) -> None:
    a, b = tmp_path / "a.html", tmp_path / "sub" / "b.html"
    b.parent.mkdir()
    a.write_text('<p id="x"><a href="sub/b.html#y"></a><a href="https://example.com/no">', "utf-8")
    b.write_text('<p id="y"><a href="../a.html#x"></a><a href="#">', "utf-8")
    assert list(dead_links(tmp_path)) == []
    b.write_text('<p><a href="../a.html#z"></a><img src="no.png">', "utf-8")
    assert list(dead_links(tmp_path)) == [
        "a.html: sub/b.html#y",
        "sub/b.html: ../a.html#z",
        "sub/b.html: no.png",
    ]
