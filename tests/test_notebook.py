"""How simulations, jobs, bills and timelines show themselves: as HTML in notebooks, and as text."""

import re
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobs_for_tests import instances, request, simulate, spot, world

from simjob import Simulation, Workload, WorkloadRule
from simjob.pictures.gantt import Gantt
from simjob.pictures.lanes import lanes_of_jobs
from simjob.pictures.notebook import WIDTH, html_of
from simjob.pictures.palette import LOOKS, look
from simjob.views.shown import Shown
from simjob.views.words import JOBS_SHOWN
from simjob.world import Capacity, Outage, SpotMarket

VOID = {"br"}
BOX = re.compile(r"M([\d.]+) 0h([\d.]+)v1h-([\d.]+)z")
HOSTILE = [
    "<script>alert(1)</script>",
    "</svg><img src=x onerror=alert(1)>",
    "\"' onmouseover='alert(1)",
    "</title></path><style>*{display:none}</style>",
    "&lt;b&gt; & <b>",
    "javascript:alert(1)",
]


class Page(HTMLParser):
    """The elements of a piece of HTML, every one of which is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.titles: dict[str, str] = {}
        self._open: list[str] = []
        self._fills: list[str | None] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}

    def every(self, tag: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.elements if name == tag]


def page(shown: Shown) -> Page:
    return Page(shown._repr_html_())


def boxes(html: str, fill: str) -> list[tuple[float, float]]:
    """Left edge and width of every box of that colour in the first picture."""
    picture = html[html.index("<svg") : html.index("</svg>")]
    found = []
    for path in re.findall(rf'<path fill="{fill}" d="([^"]*)"', picture):
        for left, width, back in BOX.findall(path):
            assert width == back
            found.append((float(left), float(width)))
    return found


def failing(reason: str) -> Simulation:
    rule = WorkloadRule(name="*", workload=Workload(duration=60, exit_code=1, failure=reason))
    return simulate("documented", request("bad"), workloads=[rule])


def varied() -> Simulation:
    """Jobs that have completed, failed, stopped and been interrupted, and one that still runs."""
    rule = WorkloadRule(name="bad", workload=Workload(duration=60, exit_code=1))
    outages = [Outage(start=300, end=900), Outage(start=1200, end=1500)]
    sim = Simulation(
        world(
            workloads=[rule],
            spot=SpotMarket(outages=outages),
            default_workload=Workload(duration=3000, checkpoint_every=60),
        ),
        edition="live",
    )
    sim.create_training_job(**request("plain"))
    sim.create_training_job(**request("bad"))
    sim.create_training_job(**request("many", ResourceConfig=instances(3)))
    sim.create_training_job(**spot("spot", checkpoints=True))
    sim.advance(seconds=200)
    sim.stop_training_job(TrainingJobName="many")
    sim.advance(seconds=1000)
    sim.create_training_job(**request("late"))
    sim.advance(seconds=400)
    return sim


SIM = varied()
SHOWN = [SIM, *SIM.jobs.values(), *[job.timeline for job in SIM.jobs.values()]]
SHOWN += [job.bill for job in SIM.jobs.values()]


def kind(shown: Shown) -> str:
    return type(shown).__name__


# What is shown.


@pytest.mark.parametrize("shown", SHOWN, ids=kind)
def test_it_is_well_formed_self_contained_and_without_a_script(shown: Shown) -> None:
    html = shown._repr_html_()
    found = Page(html)
    assert found.tags <= {
        *("div", "span", "b", "br", "table", "tr", "th", "td", "svg", "path", "title")
    }
    names = {name for _, attributes in found.elements for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in {"href", "src"}]
    assert "url(" not in html
    assert len(html) < 20_000


@pytest.mark.parametrize("shown", SHOWN, ids=kind)
def test_no_colour_but_the_palettes_and_that_of_the_surroundings(shown: Shown) -> None:
    html = shown._repr_html_()
    known = {each.colour for each in LOOKS.values()}
    assert set(re.findall(r"#[0-9A-Fa-f]{3,8}\b", unescape(html))) <= known
    assert "color:inherit" in html
    fills = {str(path["fill"]) for path in Page(html).every("path")}
    assert fills <= known | {"currentColor"}


@pytest.mark.parametrize("name", [*SIM.jobs])
def test_every_phase_is_in_the_picture_to_scale(name: str) -> None:
    timeline = SIM.jobs[name].timeline
    born, total = timeline.phases[0].start, timeline.duration
    for html in (timeline._repr_html_(), SIM.jobs[name]._repr_html_()):
        drawn = {each: boxes(html, look(each).colour) for each in LOOKS}
        for phase, (_, lasted) in zip(timeline.phases, timeline.durations, strict=True):
            left, width = drawn[phase.status].pop(0)
            if lasted:
                assert left == pytest.approx(WIDTH * ((phase.start - born) / total), abs=0.001)
                assert width == pytest.approx(WIDTH * (lasted / total), abs=0.002)
            else:
                assert left + width <= WIDTH
                assert width == 3
        assert not any(drawn.values())


def test_the_jobs_of_a_simulation_have_one_scale() -> None:
    html = SIM._repr_html_()
    begins = {}
    for name, picture in zip(SIM.jobs, html.split("<svg")[1:], strict=True):
        drawn = [(float(left), float(width)) for left, width, _ in BOX.findall(picture)[1:]]
        begins[name] = min(drawn)[0], max(left + width for left, width in drawn)
    assert begins["plain"] == pytest.approx((0, WIDTH))
    assert begins["late"] == pytest.approx((WIDTH * 1200 / 1600, WIDTH))
    assert begins["bad"][1] < WIDTH / 2
    assert "26 min 40 s to scale" in page(SIM).text


def test_phases_of_one_status_are_counted() -> None:
    timeline = SIM.jobs["spot"].timeline
    assert sum(phase.status == "Training" for phase in timeline.phases) == 2
    text = page(timeline).text
    assert re.search(r"Training \d+ min[ \ds]* \(2 times\)", text)


def test_a_picture_says_what_it_shows_to_who_cannot_see_it() -> None:
    (picture,) = page(SIM.jobs["bad"]).every("svg")
    assert picture["role"] == "img"
    assert str(picture["aria-label"]).startswith("bad: Starting 1 min, Downloading 1 min")
    assert str(picture["aria-label"]).endswith("Failed")


def test_a_job_shows_status_times_message_and_bill() -> None:
    text = page(SIM.jobs["bad"]).text
    job = SIM.jobs["bad"]
    assert text.startswith("bad Failed after ")
    assert str(job.record["FailureReason"]) in text
    assert f"{job.bill.billable_seconds} billable seconds of ml.m5.large" in text
    assert "2026-01-01 00:00:00 UTC" in text


def test_a_lingering_status_is_shown_with_the_primary_one() -> None:
    sim = Simulation(world(), edition="live")
    sim.create_training_job(**request("a"))
    sim.advance(seconds=10)
    sim.stop_training_job(TrainingJobName="a")
    assert page(sim.jobs["a"]).text.startswith("a Starting (Stopping) after 10 s")


def test_a_timeline_shows_messages_and_instances() -> None:
    found = page(SIM.jobs["many"].timeline)
    pictures = [str(each["aria-label"]) for each in found.every("svg")]
    assert pictures[1:] == ["instance 1", "instance 2", "instance 3"]
    assert "Training job stopped" in found.text
    assert "+0:00:00" in found.text


def test_an_instance_is_pale_until_it_is_ready() -> None:
    sim = Simulation(world())
    sim.create_training_job(**request("a"))
    for seconds, pale, strong in ((30, WIDTH, 0.0), (90, WIDTH / 2, WIDTH / 2)):
        sim.advance(seconds=seconds)
        line = sim.jobs["a"].timeline._repr_html_().split("<svg")[2]
        found = [float(width) for _, width, _ in BOX.findall(line)][1:]
        assert found == pytest.approx([pale, strong])


def test_a_bill_shows_where_the_money_went() -> None:
    bill = SIM.jobs["plain"].bill
    text = page(bill).text
    assert text.startswith(f"${bill.dollars:.2f} for ")
    assert bill.dollars_by_phase is not None
    assert f"downloading{bill.seconds.downloading:,.0f} s" in text
    assert f"${bill.dollars_by_phase.training:,.4f}" in text


def test_a_bill_without_a_rate_and_one_of_nothing() -> None:
    sim = Simulation(world(), edition="live")
    sim.create_training_job(**request("job", ResourceConfig=instances(2, "ml.p6e-gb200.36xlarge")))
    assert "Bill unknown: 0 billable seconds of 2 x" in page(sim.jobs["job"].bill).text
    sim.advance(hours=1)
    assert "Bill unknown: " in page(sim.jobs["job"].bill).text
    assert "no rate" in page(sim).text


def test_the_figure_of_a_gantt_shows_itself_too() -> None:
    pytest.importorskip("matplotlib")
    drawn = Gantt(lanes_of_jobs(SIM.jobs.values()))._repr_svg_()
    assert drawn.startswith("<?xml")
    assert ">plain</text>" in drawn


# Sizes.


def test_a_simulation_without_jobs() -> None:
    sim = Simulation()
    head = "Simulation at 2026-01-01 00:00:00 UTC, edition documented, seed 0: 0 jobs"
    assert page(sim).text == head
    assert str(sim) == head


def test_a_job_that_was_just_created() -> None:
    sim = Simulation(world())
    sim.create_training_job(**request("a"))
    for shown in (sim, sim.jobs["a"], sim.jobs["a"].timeline, sim.jobs["a"].bill):
        assert page(shown).text
    assert "a  Starting" in str(sim)


def test_of_5000_jobs_the_first_are_shown_and_the_rest_is_counted() -> None:
    sim = Simulation(world(capacity=Capacity(on_demand={"ml.m5.large": 100})))
    for place in range(5000):
        sim.create_training_job(**request(f"job-{place}"))
    sim.advance(seconds=100)
    html = sim._repr_html_()
    text = Page(html).text
    assert "5,000 jobs (4900 Starting" in text.replace("4,900", "4900")
    assert f"job-{JOBS_SHOWN - 1}" in text
    assert f"job-{JOBS_SHOWN}" not in text
    assert text.endswith("and 4,980 more jobs")
    assert str(sim).endswith("and 4,980 more jobs")
    assert len(html) < 40_000


def test_a_long_course_is_drawn_whole_and_listed_in_part() -> None:
    outages = [Outage(start=600 * place, end=600 * place + 60) for place in range(1, 200)]
    sim = Simulation(
        world(spot=SpotMarket(outages=outages), default_workload=Workload(duration=3600))
    )
    sim.create_training_job(**spot("a", wait=200_000, run=100_000))
    sim.advance(hours=24)
    timeline = sim.jobs["a"].timeline
    html = timeline._repr_html_()
    drawn = sum(len(boxes(html, each.colour)) for each in LOOKS.values())
    assert drawn == len(timeline.phases)
    assert Page(html).text.endswith(f"and {drawn - 24} more phases, which the picture shows")


def test_of_many_instances_some_are_drawn() -> None:
    sim = simulate("documented", request("a", ResourceConfig=instances(20)))
    found = page(sim.jobs["a"].timeline)
    assert len(found.every("svg")) == 1 + 8
    assert "and 12 more instances" in found.text


# Hostile text.


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_never_becomes_markup(text: str) -> None:
    plain, hostile = failing("out of luck"), failing(text)
    for one, two in (
        (plain, hostile),
        (plain.jobs["bad"], hostile.jobs["bad"]),
        (plain.jobs["bad"].timeline, hostile.jobs["bad"].timeline),
    ):
        assert page(one).elements == page(two).elements
    assert text in page(hostile.jobs["bad"]).text


@given(st.text("<>&\"'/;=! ab", min_size=1, max_size=40))
def test_no_name_message_or_source_becomes_markup(text: str) -> None:
    from attrs import evolve  # noqa: PLC0415 - of this test alone

    job = SIM.jobs["plain"]
    shown = job.timeline
    changed = evolve(
        shown,
        job_name=text,
        phases=tuple(evolve(each, message=text) for each in shown.phases),
    )
    assert [tag for tag, _ in page(changed).elements] == [tag for tag, _ in page(shown).elements]
    assert page(changed).every("svg")[0]["aria-label"].startswith(f"{text}: ")  # type: ignore[union-attr]
    bill = evolve(job.bill, rate_source=text, instance_type=text, rate_date=text)
    known = [each for each in page(bill).elements if each[0] != "br"]
    assert known == [each for each in page(job.bill).elements if each[0] != "br"]


# Always the same.


@pytest.mark.parametrize("shown", SHOWN, ids=kind)
def test_to_look_is_to_change_nothing(shown: Shown) -> None:
    before = [job.record for job in SIM.jobs.values()]
    assert shown._repr_html_() == shown._repr_html_()
    assert [job.record for job in SIM.jobs.values()] == before


def test_the_same_calls_give_the_same_bytes() -> None:
    one, two = varied(), varied()
    assert one._repr_html_() == two._repr_html_()
    for name in one.jobs:
        assert one.jobs[name]._repr_html_() == two.jobs[name]._repr_html_()


# Text.


class Printer:
    def __init__(self) -> None:
        self.printed = ""

    def text(self, text: str) -> None:
        self.printed += text


def test_the_text_of_a_simulation_has_a_line_for_each_job() -> None:
    lines = str(SIM).splitlines()
    assert lines[0].startswith(
        "Simulation at 2026-01-01 00:26:40 UTC, edition live, seed 0: 5 jobs ("
    )
    assert re.fullmatch(r"  plain  Training +\+0:26:40    \$0\.\d{4}", lines[1])
    assert len(lines) == 6


def test_the_text_of_a_timeline_has_a_line_for_each_phase() -> None:
    sim = simulate("documented", request("a"))
    assert str(sim.jobs["a"].timeline).splitlines() == [
        "a: created at 2026-01-01 00:00:00 UTC",
        "  +0:00:00  Starting     1 min",
        "  +0:01:00  Downloading  30 s",
        "  +0:01:30  Training     5 min 50 s",
        "  +0:07:20  Uploading    10 s",
        "  +0:07:30  Completed",
    ]
    assert str(sim.jobs["a"]).splitlines()[1:] == str(sim.jobs["a"].timeline).splitlines()[1:]
    assert repr(sim.jobs["a"]) == "<Job a Completed/Completed>"


def test_a_phase_that_is_open_says_so() -> None:
    assert str(SIM.jobs["late"].timeline).endswith(" so far")
    assert " so far" in page(SIM.jobs["late"].timeline).text


def test_the_text_of_a_bill_is_what_the_terminal_says() -> None:
    assert str(simulate("documented", request("a")).jobs["a"].bill) == (
        "$0.01 for 390 billable seconds of ml.m5.large at $0.115 an hour (public notebooks and "
        "repositories, 2025)"
    )


@pytest.mark.parametrize("shown", SHOWN, ids=kind)
def test_ipython_prints_the_text(shown: Shown) -> None:
    printer = Printer()
    shown._repr_pretty_(printer, cycle=False)
    shown._repr_pretty_(printer, cycle=True)
    assert printer.printed == str(shown) + "..."


def test_what_is_none_of_the_four_is_refused() -> None:
    with pytest.raises(TypeError, match="nothing is known of how a Jobs looks"):
        html_of(SIM.jobs)


def test_the_core_loads_no_picture_until_a_notebook_asks() -> None:
    check = (
        "import sys, simjob; sim = simjob.Simulation(); str(sim)\n"
        "assert not [name for name in sys.modules if name.startswith('simjob.pictures')]\n"
        "sim._repr_html_()\n"
        "assert not [name for name in sys.modules if name in ('matplotlib', 'rich', 'numpy')]\n"
    )
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", check], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_an_end_takes_no_time_in_words() -> None:
    assert "0.0 s" not in page(SIM.jobs["bad"]).text
