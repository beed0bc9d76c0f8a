"""The state diagram: each form says what the transition table says, no less and no more."""

import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations, pairwise, product
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree as ET

import attrs
import pydot
import pytest
from jobs_for_tests import request, world

from simjob import Simulation, Workload
from simjob.cli import main
from simjob.pictures import diagram as diagram_module
from simjob.pictures import meanings
from simjob.pictures import svg as svg_module
from simjob.pictures.arrow_labels import Label
from simjob.pictures.corners import passed, points
from simjob.pictures.diagram import State, diagram
from simjob.pictures.dot import dot
from simjob.pictures.mermaid import mermaid, plain
from simjob.pictures.palette import LOOKS
from simjob.pictures.places import Places
from simjob.pictures.router import Route, UnroutableError
from simjob.pictures.routes import routes
from simjob.pictures.state_table import table_text
from simjob.pictures.svg import svg
from simjob.pictures.typesetting import text_width
from simjob.spec.editions import EDITIONS, Edition
from simjob.spec.statuses import (
    INFERRED,
    LINGERING,
    PAIRING,
    TRANSITIONS,
    UNUSED,
    Cause,
    Edge,
    In,
    PrimaryStatus,
)
from simjob.spec.statuses import SecondaryStatus as S

Pair = tuple[str, str]  # primary and secondary status
Capture = pytest.CaptureFixture[str]
SVG = "{http://www.w3.org/2000/svg}"
CROSSINGS = {"documented": 3, "live": 5, "retired": 5}  # the fewest that were found


@attrs.frozen
class Drawing:
    """What a reader of one form sees: sentences of states, causes of arrows, primary statuses."""

    states: dict[Pair, str]
    arrows: dict[tuple[Pair, Pair], str]
    births: list[Pair]
    regions: dict[str, str]
    inferred: set[tuple[Pair, Pair]]


# One strict reader for each form: whatever it does not know is an error.


def read_svg(known: Edition) -> Drawing:
    root = ET.fromstring(svg(known))  # noqa: S314 - our own bytes
    groups = root.findall(f"{SVG}g")
    states, arrows, regions, inferred = {}, {}, {}, set()
    for group in groups:
        texts = [each.text or "" for each in group.findall(f"{SVG}text")]
        data = {name.removeprefix("data-"): value for name, value in group.attrib.items()}
        kind = group.attrib["class"].split()[0]
        if kind == "region":
            assert texts == [data["primary"]]
            regions[texts[0]] = group.findtext(f"{SVG}title") or ""
        elif kind == "state":
            assert texts[0] == data["status"]
            assert (data["primary"], data["status"]) not in states
            states[data["primary"], data["status"]] = " ".join(texts[1:])
        else:
            assert kind == "arrow"
            ends = (data["from-primary"], data["from"]), (data["to-primary"], data["to"])
            assert ends not in arrows
            arrows[ends] = " ".join(texts)
            if group.attrib["class"] == "arrow inferred":
                inferred.add(ends)
    births = root.findall(f"{SVG}circle[@class='birth']")
    return Drawing(states, arrows, [("InProgress", "Starting")] * len(births), regions, inferred)


def read_dot(known: Edition) -> Drawing:
    with warnings.catch_warnings():  # pydot calls pyparsing by names of old
        warnings.simplefilter("ignore", DeprecationWarning)
        graphs = pydot.graph_from_dot_data(dot(known))
    assert graphs is not None
    (graph,) = graphs

    def unquoted(text: str) -> list[str]:
        assert text[0] == text[-1] == '"'
        unescaped = re.sub(r"\\(.)", lambda sign: "\n" if sign[1] == "n" else sign[1], text[1:-1])
        return unescaped.split("\n")

    states, regions, names = {}, {}, {}
    for cluster in graph.get_subgraphs():
        (primary,) = unquoted(cluster.get_label())
        assert cluster.get_name() == f"cluster_{primary}"
        regions[primary] = " ".join(unquoted(cluster.get("tooltip")))
        for node in cluster.get_nodes():
            status, *sentence = unquoted(node.get_label())
            assert node.get("color") == f'"{LOOKS[S(status)].colour}"'
            names[node.get_name()] = primary, status
            states[primary, status] = " ".join(sentence)
    assert len(names) == len(states)
    arrows, births, inferred = {}, [], set()
    for edge in graph.get_edges():
        source, target = edge.get_source(), edge.get_destination()
        if source == "birth":
            births.append(names[target])
            continue
        ends = names[source], names[target]
        assert ends not in arrows
        arrows[ends] = ", ".join(unquoted(edge.get_label()))
        if edge.get("style") == "dashed":
            inferred.add(ends)
    return Drawing(states, arrows, births, regions, inferred)


def read_mermaid(known: Edition) -> Drawing:
    head, direction, *lines = mermaid(known).splitlines()
    assert (head, direction) == ("stateDiagram-v2", "    direction LR")
    name, text = r"(\w+)", r"([^:;#<>{}\"]+)"
    states, regions, names, arrows, births, inferred = {}, {}, {}, {}, [], set()
    inside = ""
    for line in lines:
        if inside and (
            found := re.fullmatch(rf'        state "{name}<br/>{text}" as {name}', line)
        ):
            status, sentence, short = found.groups()
            assert short not in names
            names[short] = inside, status
            states[inside, status] = sentence
        elif inside:
            assert line == "    }"
            inside = ""
        elif found := re.fullmatch(rf'    state "{name}" as \1 {{', line):
            inside = found[1]
        elif found := re.fullmatch(rf"    note right of {name} : {text}", line):
            regions[found[1]] = found[2]
        elif found := re.fullmatch(rf"    \[\*\] --> {name}", line):
            births.append(names[found[1]])
        else:
            found = re.fullmatch(rf"    {name} --> {name} : {text}", line)
            assert found, line
            ends = names[found[1]], names[found[2]]
            assert ends not in arrows
            arrows[ends] = found[3].removesuffix(" (inferred)")
            if arrows[ends] != found[3]:
                inferred.add(ends)
    assert not inside
    return Drawing(states, arrows, births, regions, inferred)


def read_table(known: Edition) -> Drawing:
    first, *lines = table_text(known, width=200).splitlines()
    birth = re.fullmatch(rf"The life of a training job, {known.name} edition; .* (\w+)\.", first)
    assert birth
    states, regions, arrows, inferred = {}, {}, {}, set()
    primary = status = ""
    for line in lines:
        if found := re.fullmatch(r"(\w+)  (\S.*)", line):
            primary = found[1]
            regions[primary] = found[2]
        elif found := re.fullmatch(r"  (\w+)  (\S.*)", line):
            status = found[1]
            states[primary, status] = found[2]
        elif found := re.fullmatch(r"    > (?:(\w+) / )?(\w+)  +(\S[^*]*)(\*?)", line):
            ends = (primary, status), (found[1] or primary, found[2])
            assert ends not in arrows
            arrows[ends] = found[3]
            if found[4]:
                inferred.add(ends)
        else:
            assert not line or line.startswith(("> ", "* ", "Restarting and Updating "))
    return Drawing(states, arrows, [("InProgress", birth[1])], regions, inferred)


READERS = {"svg": read_svg, "dot": read_dot, "mermaid": read_mermaid, "table": read_table}
each_edition = pytest.mark.parametrize("known", EDITIONS.values(), ids=EDITIONS)
each_form = pytest.mark.parametrize("read", READERS.values(), ids=READERS)
Read = Callable[[Edition], Drawing]


def edges(known: Edition) -> dict[tuple[S, S], tuple[Cause, ...]]:
    """The edition's part of the table, without any of the diagram's code."""
    return {
        (source, target): edge.causes
        for source, row in TRANSITIONS.items()
        for target, edge in row.items()
        if edge.editions & known.edges
    }


# The table and the diagrams.


@each_edition
@each_form
def test_every_edge_of_the_table_is_drawn_and_no_other(read: Read, known: Edition) -> None:
    drawn = read(known).arrows
    steps = {(source[1], target[1]) for source, target in drawn}
    alone = {each for each in steps if each[0] == each[1]}
    assert steps - alone == set(edges(known))
    assert alone == ({(each, each) for each in LINGERING} if known.stop_lingers else set())


@each_edition
@each_form
def test_every_arrow_says_its_causes(read: Read, known: Edition) -> None:
    table = edges(known)
    for (source, target), label in read(known).arrows.items():
        step = S(source[1]), S(target[1] if source[1] != target[1] else "Stopping")
        assert label == ", ".join(cause.value for cause in table[step])


@each_edition
@each_form
def test_every_arrow_that_is_inferred_is_marked_and_no_other(read: Read, known: Edition) -> None:
    drawn = read(known)
    expected = {
        (source, target)
        for source, target in drawn.arrows
        if (S(source[1]), S(target[1] if source[1] != target[1] else "Stopping")) in INFERRED
    }
    assert drawn.inferred == expected != set()


@each_edition
@each_form
def test_every_status_that_a_job_can_have_is_drawn_in_its_region(
    read: Read, known: Edition
) -> None:
    drawn = read(known)
    reached = {S.Starting}.union(*edges(known))
    expected = {(PAIRING[each].value, each.value) for each in reached}
    if known.stop_lingers:
        expected |= {("Stopping", each.value) for each in LINGERING}
    assert set(drawn.states) == expected
    assert set(drawn.regions) == {primary for primary, _ in expected}
    assert drawn.births == [("InProgress", "Starting")]


@each_edition
@each_form
def test_every_state_and_region_has_its_sentence(read: Read, known: Edition) -> None:
    drawn = read(known)
    told = plain if read is read_mermaid else str
    for (primary, status), sentence in drawn.states.items():
        assert sentence == told(meanings.meaning(S(status), PrimaryStatus(primary)))
    for primary, sentence in drawn.regions.items():
        assert sentence == told(meanings.PRIMARY[PrimaryStatus(primary)])


@each_form
def test_an_edge_that_the_table_gains_is_drawn(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    live = EDITIONS["live"]
    more = {**TRANSITIONS[S.Uploading], S.Interrupted: Edge((Cause.INTERRUPTION,), In.LIVE)}
    table = MappingProxyType({**TRANSITIONS, S.Uploading: more})
    step = ("InProgress", "Uploading"), ("InProgress", "Interrupted")
    assert step not in read(live).arrows
    svg_module._drawn.cache_clear()
    monkeypatch.setattr(diagram_module, "TRANSITIONS", table)
    try:
        assert read(live).arrows[step] == "spot interruption"
    finally:
        svg_module._drawn.cache_clear()


def test_whatever_the_engine_does_is_a_walk_along_the_arrows() -> None:
    for known, code, stop_seconds in product(
        EDITIONS.values(), (0, 1), (0, 45, 75, 200, 441, 445, 500)
    ):
        sim = Simulation(
            world(default_workload=Workload(duration=300, exit_code=code)), edition=known
        )
        sim.create_training_job(**request())
        seen = [_pair(sim)]
        while not sim.jobs["job"].ended:
            sim.advance(seconds=1)
            seen.append(_pair(sim))
            if len(seen) == stop_seconds and not sim.jobs["job"].ended:
                sim.stop_training_job(TrainingJobName="job")
                seen.append(_pair(sim))
        drawn = diagram(known)
        assert set(seen) <= {(each.primary.value, each.secondary.value) for each in drawn.states}
        for before, after in pairwise(seen):
            assert before == after or after in _reached(known, before), (known, before, after)


def _pair(sim: Simulation) -> Pair:
    reply = sim.describe_training_job(TrainingJobName="job")
    return reply["TrainingJobStatus"], reply["SecondaryStatus"]


def _reached(known: Edition, start: Pair) -> set[Pair]:
    found: set[Pair] = set()
    left = [State(PrimaryStatus(start[0]), S(start[1]))]
    while left:
        state = left.pop()
        for arrow in diagram(known).arrows:
            pair = arrow.target.primary.value, arrow.target.secondary.value
            if arrow.source == state and pair not in found:
                found.add(pair)
                left.append(arrow.target)
    return found


def test_everything_has_a_meaning_of_one_sentence() -> None:
    tables = (meanings.PRIMARY, meanings.SECONDARY, meanings.LINGERING, meanings.CAUSES)
    assert set(meanings.PRIMARY) == set(PrimaryStatus)
    assert set(meanings.SECONDARY) == set(S)
    assert set(meanings.LINGERING) == LINGERING
    assert set(meanings.CAUSES) == set(Cause)
    for sentence in [each for table in tables for each in table.values()]:
        assert re.fullmatch(r"[A-Z][ -~]*[^.]\.", sentence)
        assert ". " not in sentence
        assert len(sentence) <= 80
    drawn = [meanings.SECONDARY[each] for each in set(S) - UNUSED]
    assert len(set(drawn)) == len(drawn)


# Geometry.


@cache
def laid_out(known: Edition) -> tuple[Places, tuple[Route, ...]]:
    places = Places(diagram(known))
    return places, routes(places)


@each_edition
def test_no_arrow_runs_through_a_state_or_along_another(known: Edition) -> None:
    places, laid = laid_out(known)
    taken: dict[tuple[tuple[int, int], ...], str] = {}
    for route in laid:
        way = passed(route.points)
        for state, box in places.boxes.items():
            ends = {way[0]} if state == route.arrow.source else set()
            ends |= {way[-1]} if state == route.arrow.target else set()
            assert not (set(points(box)) & set(way)) - ends
            if ends:
                assert set(points(box)) & set(way) == ends
        for step in pairwise(way):
            assert taken.setdefault(tuple(sorted(step)), route.arrow.name) == route.arrow.name


@each_edition
def test_few_arrows_cross(known: Edition) -> None:
    _, laid = laid_out(known)
    ways = [set(passed(each.points)) for each in laid]
    assert sum(len(one & other) for one, other in combinations(ways, 2)) <= CROSSINGS[known.name]


@each_edition
def test_labels_cover_nothing_and_lie_on_their_arrows(known: Edition) -> None:
    places, laid = laid_out(known)
    for route in laid:
        label = route.label
        own = set(passed(route.points))
        assert any(label.covers((x - 0.5, y - 0.5, 1, 1)) for x, y in own)
        for box in (*places.boxes.values(), *places.names.values()):
            assert not label.covers((box.left, box.top, box.width, box.height))
        for other in laid:
            if other is not route:
                assert not label.covers(other.label.rectangle)
                others = set(passed(other.points)) - own
                assert not any(label.covers((x, y, 0, 0)) for x, y in others)


@each_edition
def test_text_fits_into_its_box(known: Edition) -> None:
    root = ET.fromstring(svg(known))  # noqa: S314 - our own bytes
    for group in root.findall(f"{SVG}g"):
        if "state" not in group.attrib["class"].split():
            continue
        box = group.find(f"{SVG}rect[@class='box']")
        assert box is not None
        left, top, width, height = (
            float(box.attrib[each]) for each in ("x", "y", "width", "height")
        )
        for text in group.findall(f"{SVG}text"):
            name = text.attrib["class"] == "name"
            size = float((re.findall(r"[0-9.]+", text.get("style", "")) or [30 if name else 20])[0])
            wide = text_width(text.text or "") * size * (1.1 if name else 1)
            assert left < float(text.attrib["x"]) < left + width - wide
            assert top + size * 0.7 <= float(text.attrib["y"]) <= top + height - size * 0.2


def test_what_has_no_room_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Label, "covers", lambda *_: True)
    with pytest.raises(UnroutableError, match="no room in 40 attempts"):
        routes(Places(diagram("documented")))


# The SVG as a part of a page.


@each_edition
def test_the_svg_stands_alone_and_says_what_it_is(known: Edition) -> None:
    drawn = svg(known)
    root = ET.fromstring(drawn)  # noqa: S314 - our own bytes
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert known.name in (title.text or "")
    for status in {each.secondary for each in diagram(known).states}:
        assert status in (desc.text or "")
    assert not re.findall(r"href|url\(|@import|<script|<image", drawn)
    assert re.findall(r"https?://[^\"]*", drawn) == ["http://www.w3.org/2000/svg"]
    assert "prefers-color-scheme:dark" in drawn
    assert drawn.isascii()


@each_edition
def test_ids_are_each_their_own_and_begin_with_the_prefix(known: Edition) -> None:
    ids = re.findall(r' id="([^"]*)"', svg(known, prefix="left"))
    assert len(set(ids)) == len(ids) > len(diagram(known).states) + len(diagram(known).arrows)
    assert all(each.startswith("left-") for each in ids)


def test_what_could_be_markup_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = '</text><script>alert("1")</script> & {x} ; # : \\n end.'
    sentences = MappingProxyType({**meanings.SECONDARY, S.Training: hostile})
    monkeypatch.setattr(meanings, "SECONDARY", sentences)
    svg_module._drawn.cache_clear()
    live = EDITIONS["live"]
    try:
        assert read_svg(live).states["InProgress", "Training"] == hostile
        root = ET.fromstring(svg(live, prefix='"><script>'))  # noqa: S314 - our own bytes
        assert not list(root.iter(f"{SVG}script"))
    finally:
        svg_module._drawn.cache_clear()
    assert read_dot(live).states["InProgress", "Training"] == hostile
    assert read_mermaid(live).states["InProgress", "Training"] == plain(hostile)


def test_every_process_draws_the_same_bytes() -> None:
    program = (
        "from simjob.pictures.svg import svg; from simjob.pictures.dot import dot\n"
        "from simjob.pictures.mermaid import mermaid\n"
        "print(svg('live'), dot('live'), mermaid('live'))"
    )

    def run(seed: str) -> str:
        return subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert run("1") == run("2") == f"{svg('live')} {dot('live')} {mermaid('live')}\n"


# The table on a terminal.


@each_edition
@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_of_the_table_is_wider_than_the_terminal(known: Edition, width: int) -> None:
    text = table_text(known, width)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= width
    assert not re.findall(r" +\n", text)
    assert "".join(text.split()) == "".join(table_text(known, 200).split())


# The command.


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def printed(capsys: Capture, *arguments: str) -> str:
    assert main(["states", *arguments]) == 0
    seen = capsys.readouterr()
    assert seen.err == ""
    return seen.out


def refused(capsys: Capture, *arguments: str) -> str:
    assert main(["states", *arguments]) == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    return seen.err


def here() -> list[str]:
    return [each.name for each in Path().iterdir()]


def forms(known: str) -> Iterator[tuple[str, str]]:
    yield from (("svg", svg(known)), ("mermaid", mermaid(known)), ("dot", dot(known)))
    yield "table", table_text(known)


@pytest.mark.parametrize("known", EDITIONS)
def test_the_command_prints_each_form_of_each_edition(capsys: Capture, known: str) -> None:
    for form, text in forms(known):
        assert printed(capsys, "--edition", known, "--format", form) == text


def test_by_default_it_is_the_table_of_the_page(capsys: Capture) -> None:
    assert printed(capsys) == table_text("documented")


@pytest.mark.parametrize(
    ("out", "more", "form"),
    [
        ("a.svg", [], "svg"),
        ("a.MMD", [], "mermaid"),
        ("a.dot", [], "dot"),
        ("a.gv", [], "dot"),
        ("a.txt", [], "table"),
        ("a", ["--format", "svg"], "svg"),
        ("a.svg", ["--format", "dot"], "dot"),
    ],
)
def test_out_writes_the_form_that_its_name_or_the_format_tells(
    capsys: Capture, out: str, more: list[str], form: str
) -> None:
    assert main(["states", "--edition", "live", "--out", out, *more]) == 0
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("", f"simjob: wrote {out}\n")
    assert Path(out).read_text() == dict(forms("live"))[form]
    assert here() == [out]


@pytest.mark.parametrize("more", [[], ["--format", "dot"]])
def test_in_the_place_of_a_file_a_dash_is_standard_output(capsys: Capture, more: list[str]) -> None:
    assert main(["states", *more]) == 0
    expected = capsys.readouterr()
    assert main(["states", "--out", "-", *more]) == 0
    assert capsys.readouterr() == expected
    assert here() == []


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["--edition", "new"], "unknown edition 'new'; there are: documented, live, retired"),
        (["--format", "png"], "invalid choice: 'png'"),
        (["--out", "a.png"], "--out: a.png: must end in one of .svg, .mmd, .dot, .gv, .txt"),
        (["--out", "no/a.svg"], "--out: no/a.svg: cannot be written: No such file or directory"),
        (["--out", ".", "--format", "svg"], "--out: .: is a directory"),
        (["surplus"], "unrecognized arguments: surplus"),
    ],
)
def test_bad_input_is_answered_in_one_line(
    capsys: Capture, arguments: list[str], answer: str
) -> None:
    error = refused(capsys, *arguments)
    assert answer in error
    assert error.count("\n") == 1
    assert here() == []


def test_a_file_that_cannot_be_written_is_left_as_it_was(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    Path("a.svg").write_text("before")
    monkeypatch.setattr(Path, "write_bytes", full)
    assert "cannot be written: No space left on device" in refused(capsys, "--out", "a.svg")
    assert Path("a.svg").read_text() == "before"
    assert here() == ["a.svg"]


@pytest.mark.parametrize("more", [[], ["--out", "a.txt"]])
def test_the_table_needs_rich_and_the_other_forms_do_not(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    for name in [each for each in sys.modules if each.partition(".")[0] == "rich"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "simjob.pictures.state_table", raising=False)
    monkeypatch.delitem(sys.modules, "simjob.terminal", raising=False)
    assert refused(capsys, *more).endswith("is not installed: pip install 'simjob[cli]'\n")
    assert printed(capsys, "--format", "svg") == svg("documented")
