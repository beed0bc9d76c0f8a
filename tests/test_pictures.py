"""Pictures: the whole data is in them, nothing breaks out, the same data is the same file."""

import math
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobs_for_tests import request, spot, world
from rich.console import Console

import simjob
from simjob.pictures import (
    LOOKS,
    CapacityOverTime,
    Ecdf,
    Gantt,
    Lane,
    Pareto,
    Picture,
    PictureError,
    Point,
    Pool,
    Span,
    lanes_of_jobs,
    lanes_of_log,
    pools_of_rows,
    pools_of_simulation,
)
from simjob.pictures.fits import Fits, Panel
from simjob.pictures.labels import Box, place
from simjob.pictures.palette import look, rank
from simjob.pictures.pools import Stay, steps
from simjob.spec.statuses import TERMINAL, TRANSITIONS, SecondaryStatus
from simjob.whatif import plan_from_dict, replicate
from simjob.world.distributions import Exponential
from simjob.world.market import SpotMarket
from simjob.world.world import Capacity

HOSTILE = '$x$ </text><script>alert(1)</script>&"\n\x00 \\frac{1}{0} 模型'
NAME = "</text><script>"
"""What is left of a hostile name where it is drawn: markup that has to be text."""
STATUSES = [status.value for status in SecondaryStatus]


def lane(name: str, *statuses: str, start: float = 0.0, end: str | None = "Completed") -> Lane:
    """A job with an hour in each status."""
    spans = (
        Span(each, start + 3600 * i, start + 3600 * (i + 1)) for i, each in enumerate(statuses)
    )
    return Lane(name, tuple(spans), end)


LANES = [
    lane("first", "Starting", "Downloading", "Training", "Uploading"),
    lane("second", "Pending", "Training", "Interrupted", "Starting", "Training", end="Failed"),
    lane("third", "Starting", "Training", start=5000.0, end=None),
]
PICTURES: dict[str, Callable[[str], Picture]] = {
    "gantt": lambda name: Gantt([*LANES, lane(name, "Starting")], deadline_seconds=9000),
    "ecdf": lambda name: Ecdf(
        {name: [1.0, 2.0, None], "other": [3.0]}, "seconds", "completion time", limit=2.5
    ),
    "pareto": lambda name: Pareto(
        [Point(name, 3600, 10, 60, 1, front=True), Point("other", 7200, 20)], "time", 5000, 15
    ),
    "fits": lambda name: Fits(
        [Panel(name, [1.0, 2.0, 4.0], lambda share: 5 * share), Panel("b", [3.0], lambda _: 3.0)]
    ),
    "capacity": lambda name: CapacityOverTime(
        [
            Pool(name, 2, ((0, 1, 0), (60, 2, 3), (90, 0, 0))),
            Pool("other", None, ((0, 1, 0), (9, 0, 0))),
        ]
    ),
}


def svg(picture: Picture, directory: Path) -> str:
    """The text of the picture as SVG, which is well-formed."""
    file = directory / "picture.svg"
    picture.save(file)
    text = file.read_text(encoding="utf-8")
    ET.fromstring(text)  # noqa: S314 - made here
    return text


def words(drawn: str) -> set[str]:
    """The texts of an SVG."""
    root = ET.fromstring(drawn)  # noqa: S314 - made here
    return {"".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")}


def ids(drawn: str) -> set[str]:
    """The ids of an SVG."""
    root = ET.fromstring(drawn)  # noqa: S314 - made here
    return {each.get("id", "") for each in root.iter()}


# What every picture has in common.


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same pictures, drawn by another process with another hash order."""
    directory = tmp_path_factory.mktemp("elsewhere")
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import test_pictures\n"
        "for kind, make in reversed(test_pictures.PICTURES.items()):\n"
        f"    make('name').save({str(directory)!r} + f'/{{kind}}.svg')\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)  # noqa: S603 - ours
    return directory


@pytest.mark.parametrize("kind", PICTURES)
def test_the_same_data_gives_the_same_bytes_in_another_process_too(
    kind: str, tmp_path: Path, elsewhere: Path
) -> None:
    first = svg(PICTURES[kind]("name"), tmp_path)
    assert first == (elsewhere / f"{kind}.svg").read_text(encoding="utf-8")
    assert "<dc:date>" not in first


def test_the_users_style_is_neither_used_nor_changed(tmp_path: Path) -> None:
    first = svg(PICTURES["ecdf"]("name"), tmp_path)
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": None, "axes.facecolor": "black"}):
        assert svg(PICTURES["ecdf"]("name"), tmp_path) == first
        assert mpl.rcParams["font.size"] == 30


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_is_drawn_as_png_as_well_and_without_pyplot(kind: str, tmp_path: Path) -> None:
    PICTURES[kind]("name").save(tmp_path / "picture.PNG")
    assert (tmp_path / "picture.PNG").read_bytes().startswith(b"\x89PNG")
    assert "matplotlib.pyplot" not in sys.modules


@pytest.mark.parametrize("kind", PICTURES)
def test_a_hostile_name_stays_text_and_its_dollars_stay_dollars(kind: str, tmp_path: Path) -> None:
    picture = PICTURES[kind](HOSTILE)
    drawn = svg(picture, tmp_path)
    assert "<script" not in drawn
    assert any("$x$ </text" in each for each in words(drawn))
    picture.save(tmp_path / "picture.png")
    text = picture.text(80)
    assert "$x$ <" in text.plain
    assert "\x00" not in text.plain


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("width", [40, 80, 200])
def test_text_keeps_to_its_width_and_to_ascii_where_it_must(kind: str, width: int) -> None:
    picture = PICTURES[kind]("name")
    for line in picture.text(width).plain.splitlines():
        assert len(line) <= width
    assert picture.text(width, ascii_only=True).plain.isascii()


def test_ascii_is_chosen_where_the_encoding_needs_it(capsys: pytest.CaptureFixture[str]) -> None:
    class Ascii(Console):
        @property
        def encoding(self) -> str:
            return "ascii"

    PICTURES["gantt"]("name").show(Ascii(width=60, highlight=False))
    assert capsys.readouterr().out.isascii()
    PICTURES["gantt"]("name").show()
    assert "█" in capsys.readouterr().out


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_that_cannot_be_written_leaves_nothing_behind(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = PICTURES[kind]("name")
    with pytest.raises(PictureError, match=r"ends in \.png or \.svg, not '.*a\.pdf'"):
        picture.save(tmp_path / "a.pdf")
    with pytest.raises(FileNotFoundError):
        picture.save(tmp_path / "nowhere" / "a.svg")
    (tmp_path / "a.svg").write_text("what stood there")

    def full(path: Path, content: bytes) -> int:
        with path.open("wb") as stream:
            stream.write(content[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        picture.save(tmp_path / "a.svg")
    assert [each.name for each in tmp_path.iterdir()] == ["a.svg"]
    assert (tmp_path / "a.svg").read_text() == "what stood there"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Gantt([]), "needs a job at least"),
        (lambda: Ecdf({}, "seconds", "time"), "needs a value at least"),
        (lambda: Ecdf({"a": []}, "seconds", "time"), "needs a value at least"),
        (lambda: Ecdf({"a": [None]}, "seconds", "time"), "all are unknown"),
        (lambda: Ecdf({"a": [math.nan]}, "seconds", "time"), "'a' has a value that is not finite"),
        (lambda: Pareto([]), "needs a point at least"),
        (lambda: Fits([]), "needs a sample at least"),
        (lambda: Pareto([Point("a", math.inf, 1)]), "point 'a' is not finite"),
        (lambda: CapacityOverTime([]), "had or wanted instances"),
        (lambda: CapacityOverTime([Pool("a", 1, ())]), "had or wanted instances"),
    ],
)
def test_nothing_to_draw_is_refused(make: Callable[[], Picture], message: str) -> None:
    with pytest.raises(PictureError, match=message):
        make()


@pytest.mark.parametrize("package", ["matplotlib", "rich"])
def test_a_missing_package_is_answered_with_the_extra(
    package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [*sys.modules]:
        if name.partition(".")[0] == package or name == "simjob.pictures.grid":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    picture = PICTURES["ecdf"]("name")
    with pytest.raises(ImportError, match=rf"needs {package}.*simjob\[pictures\]"):
        picture.save(tmp_path / "a.svg") if package == "matplotlib" else picture.text()


# The palette.

_SEEN = {  # Machado, Oliveira, Fernandes 2009, severity 1: what becomes of linear RGB
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)


def _times(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _lab(colour: str, seen: Sequence[Sequence[float]]) -> list[float]:
    srgb = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in srgb]
    clipped = [min(1.0, max(0.0, c)) for c in _times(seen, linear)]
    white = (0.95047, 1.0, 1.08883)
    x, y, z = (
        (c / w) ** (1 / 3) if c / w > 0.008856 else 7.787 * c / w + 16 / 116
        for c, w in zip(_times(_XYZ, clipped), white, strict=True)
    )
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


@pytest.mark.parametrize("eyes", _SEEN)
def test_statuses_that_follow_each_other_and_ends_differ_for_all_eyes(eyes: str) -> None:
    pairs = {(a, b) for a, row in TRANSITIONS.items() for b in row}
    pairs |= set(combinations(sorted(TERMINAL), 2))
    for a, b in pairs:
        apart = math.dist(_lab(LOOKS[a].colour, _SEEN[eyes]), _lab(LOOKS[b].colour, _SEEN[eyes]))
        assert apart > 10, (a, b)


@pytest.mark.parametrize("status", LOOKS)
def test_colours_are_seen_on_white_and_on_black(status: SecondaryStatus) -> None:
    lightness = _lab(LOOKS[status].colour, _SEEN["normal"])[0]
    assert 25 < lightness < 82


def test_every_status_has_a_look_a_letter_of_its_own_and_ends_have_markers() -> None:
    assert set(LOOKS) == set(SecondaryStatus)
    assert len({each.letter for each in LOOKS.values()}) == len(LOOKS)
    assert {status for status, each in LOOKS.items() if each.marker} == TERMINAL
    assert look("Refused").letter == "?"
    assert rank("Refused") > rank("MaxWaitTimeExceeded")


# Gantt.


@pytest.mark.parametrize("named", [True, False])
def test_every_status_and_every_job_is_in_the_picture(named: bool, tmp_path: Path) -> None:  # noqa: FBT001
    phases = [status for status in STATUSES if status not in TERMINAL]
    lanes = [lane(f"job-{end}", *phases, "Starting", end=end) for end in TERMINAL]
    lanes += [lane(f"more-{i}", "Training") for i in range(0 if named else 60)]
    drawn = svg(Gantt(lanes), tmp_path)
    assert {f"job:{each.name}" for each in lanes} <= ids(drawn)
    expected = set(STATUSES) if named else set(phases)
    assert expected <= words(drawn)
    assert ("restart" in words(drawn)) == named
    if named:
        assert {each.name for each in lanes} <= words(drawn)
    for status in STATUSES:
        assert status in Gantt(lanes).text(80).plain


def test_of_many_jobs_the_picture_says_how_many_it_leaves_out(tmp_path: Path) -> None:
    lanes = [lane(f"job-{i}", "Training", start=60.0 * i) for i in range(3000)]
    picture = Gantt(lanes, deadline_seconds=1e9)
    said = "400 of 3,000 jobs are drawn, evenly chosen; the deadline is far off, at 1.16e+04 d"
    drawn = svg(picture, tmp_path)
    assert said in words(drawn)
    assert {"job:job-0", "job:job-2999"} <= ids(drawn)
    text = picture.text(80).plain
    assert text.startswith("   job-0 │")
    assert "40 of 3,000 jobs are drawn" in text
    assert len(text.splitlines()) < 50


def test_a_row_of_text_shows_the_phases_to_scale() -> None:
    drawn = Gantt([lane("a", "Starting", "Training", "Training", "Uploading")]).text(
        43, ascii_only=True
    )
    first = drawn.plain.splitlines()[0]
    assert first.count("s") == 10
    assert first.count("T") == 20
    assert first.endswith("uC")


def test_lanes_of_a_simulation_and_of_its_transition_log_are_the_same() -> None:
    market = SpotMarket(uptime=Exponential(2400))
    calm = world(spot=market, default_workload=simjob.Workload(duration="40m"))
    sim = simjob.Simulation(calm, seed=3, edition="live")
    log: dict[str, list[object]] = {
        "training_job_name": [],
        "at_seconds": [],
        "secondary_status": [],
    }

    def note(transition: simjob.Transition) -> None:
        log["training_job_name"].append(transition.job.name)
        log["at_seconds"].append((transition.at - calm.start).total_seconds())
        log["secondary_status"].append(transition.status.value)

    sim.subscribe(note)
    for number in range(4):
        sim.create_training_job(**spot(f"job-{number}"))
        sim.advance(minutes=7)
    sim.stop_training_job(TrainingJobName="job-0")
    sim.advance(minutes=1)
    now = (sim.now - calm.start).total_seconds()
    assert lanes_of_jobs(sim.jobs.values(), calm.start) == lanes_of_log(log, now)
    sim.run()
    lanes = lanes_of_jobs(sim.jobs.values(), calm.start)
    assert lanes == lanes_of_log(log)
    assert any(each.restarts_seconds for each in lanes)
    assert {"Completed", "Stopped"} <= {each.end for each in lanes}


def test_a_log_of_nothing_and_a_time_that_is_none() -> None:
    empty: dict[str, list[object]] = {
        "training_job_name": [],
        "at_seconds": [],
        "secondary_status": [],
    }
    assert lanes_of_log(empty) == ()
    assert lanes_of_jobs([]) == ()
    with pytest.raises(PictureError, match="must be a number of seconds, is 'x'"):
        lanes_of_log(
            {"training_job_name": ["a"], "at_seconds": ["x"], "secondary_status": ["Starting"]}
        )


# ECDF.


def test_each_line_of_an_ecdf_is_named_and_says_what_it_never_reaches(tmp_path: Path) -> None:
    picture = Ecdf({"a": [1.0, None], "b": [2.0]}, "seconds", "completion time", limit=1.5)
    drawn = svg(picture, tmp_path)
    assert {"line:a", "line:b"} <= ids(drawn)
    assert {"a (1 of 2 never)", "b", "deadline, 1.5 s"} <= words(drawn)
    text = picture.text(80).plain
    assert "a a (1 of 2 never)   b b   ┊ deadline, 1.5 s" in text
    top, half = text.splitlines()[1], text.splitlines()[8]
    assert "a" not in top
    assert "b" in top
    assert half.startswith(" 50 %")
    assert "a" in half


def test_lines_beyond_the_twelfth_are_grey_and_said_to_be(tmp_path: Path) -> None:
    picture = Ecdf({f"v{i}": [float(i)] for i in range(1, 15)}, "dollars", "cost", limit=1000)
    drawn = svg(picture, tmp_path)
    said = "2 more lines are grey, without a name; the budget is far off, at $1,000.00"
    assert said in words(drawn)
    assert {f"line:v{i}" for i in range(1, 15)} <= ids(drawn)
    assert "v12" in words(drawn)
    assert "v13" not in words(drawn)
    assert said in picture.text(80).plain


def test_a_million_values_make_a_small_file(tmp_path: Path) -> None:
    picture = Ecdf({"a": [float(i) for i in range(1, 100_001)]}, "seconds", "time")
    assert len(svg(picture, tmp_path)) < 100_000


# Pareto.


@given(
    st.lists(st.tuples(st.floats(0, 300), st.floats(0, 200)), min_size=1, max_size=15),
    st.floats(1, 120),
)
def test_names_cover_neither_each_other_nor_an_obstacle(
    points: list[tuple[float, float]], width: float
) -> None:
    room = Box(0, 0, 300, 200)
    obstacles = [Box(x - 2, y - 2, x + 2, y + 2) for x, y in points]
    boxes = [
        found[0]
        for found in place(points, [(width, 8)] * len(points), room, obstacles)
        if found is not None
    ]
    for box in boxes:
        assert box.inside(room)
        assert not any(box.meets(each) for each in obstacles)
    assert not any(a.meets(b) for a, b in combinations(boxes, 2))


def test_every_point_is_drawn_and_the_front_is_marked(tmp_path: Path) -> None:
    points = [Point(f"v{i}", 3600.0 * i, 100.0 / i, 60, 1, front=i < 4) for i in range(1, 7)]
    picture = Pareto(points, deadline_seconds=7000, budget_dollars=60)
    drawn = svg(picture, tmp_path)
    assert {f"point:{each.name}" for each in points} <= ids(drawn)
    assert {each.name for each in points} <= words(drawn)
    front = "Pareto front: no other is told to be better"
    assert {front, "deadline, 117 min", "budget, $60.00"} <= words(drawn)
    text = picture.text(80).plain
    assert [line[2] for line in text.splitlines() if " v" in line] == [*"***   "]


def test_the_line_of_the_front_goes_by_the_least_means() -> None:
    means = [(10, 50), (20, 30), (21, 33), (30, 20)]
    picture = Pareto([Point(f"v{x}", x, y, front=True) for x, y in means])
    assert picture._stairs == ([10, 20, 21, 30], [50, 30, 30, 20])


def test_what_does_less_is_marked_and_bends_no_line(tmp_path: Path) -> None:
    said = "some works are not Completed"
    whole = Pareto([Point("a", 10, 50, front=True), Point("b", 20, 30, front=True)])
    picture = Pareto([*whole.points, Point("cut", 5, 10, front=True, unfinished=True)])
    assert picture._stairs == whole._stairs
    assert said in words(svg(picture, tmp_path))
    assert said not in words(svg(whole, tmp_path))
    text = picture.text(60, ascii_only=True).plain
    assert f"\n! {said}" in text
    assert "a *!cut" in text
    assert "!" not in whole.text(60).plain


def test_of_many_points_only_those_of_the_front_are_named(tmp_path: Path) -> None:
    points = [Point(f"v{i}", 100.0 + i % 20, 50.0 + i, front=i < 2) for i in range(100)]
    drawn = svg(Pareto(points), tmp_path)
    assert {"98 of 100 points without their name", "v0", "v1"} <= words(drawn)
    assert "v2" not in words(drawn)
    assert "48 more points are not drawn" in Pareto(points).text(80).plain


# Capacity.

_STAYS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 50), st.integers(1, 4)).map(
        lambda each: (float(each[0]), float(each[0] + each[1]), each[2])
    ),
    max_size=8,
)


@given(_STAYS, _STAYS)
def test_steps_count_who_is_there(using: list[Stay], queueing: list[Stay]) -> None:
    found = steps(using, queueing)
    for at, used, queued in found:
        assert used == sum(count for start, end, count in using if start <= at < end)
        assert queued == sum(count for start, end, count in queueing if start <= at < end)
    assert [at for at, *_ in found] == sorted({at for each in using + queueing for at in each[:2]})


def test_pools_of_a_simulation_count_what_it_grants() -> None:
    capacity = Capacity(on_demand={"ml.m5.large": 2})
    sim = simjob.Simulation(simjob.World(capacity=capacity), edition="live")
    for number in range(5):
        sim.create_training_job(**request(f"job-{number}"))
    sim.run()
    (pool,) = pools_of_simulation(sim)
    assert (pool.name, pool.size, pool.title) == ("ml.m5.large", 2, "ml.m5.large, 2 in all")
    assert pool.steps[0][1:] == (2, 3)
    assert max(used for _, used, _ in pool.steps) == 2
    assert pool.steps[-1][1:] == (0, 0)
    assert pool.peak == 5


def test_pools_of_rows_are_those_of_the_world_where_jobs_are_launched_once() -> None:
    plan = plan_from_dict(
        {
            "world": {"capacity": {"on_demand": {"ml.m5.xlarge": 3}}},
            "jobs": {
                "train": {
                    "instance_type": "ml.m5.xlarge",
                    "arrivals": {"every": "10m", "count": 12},
                    "work": {"duration": "1h"},
                }
            },
        }
    )
    done = replicate(plan, 1, transitions=True)
    (pool,) = pools_of_rows(done.jobs, done.transitions, {"ml.m5.xlarge": 3})
    assert max(used for _, used, _ in pool.steps) == 3
    assert all(used == 3 for _, used, queued in pool.steps if queued)
    waited = sum(float(str(each)) for each in done.jobs["waiting_seconds"])
    queued = sum(
        (after[0] - before[0]) * before[2]
        for before, after in zip(pool.steps, pool.steps[1:], strict=False)
    )
    assert queued == pytest.approx(waited)


def test_a_job_that_is_interrupted_gives_its_instances_back() -> None:
    transitions = {
        "training_job_name": ["a"] * 6,
        "at_seconds": [0, 100, 300, 360, 400, 500],
        "secondary_status": [
            "Starting",
            "Training",
            "Interrupted",
            "Starting",
            "Training",
            "Completed",
        ],
    }
    jobs = {
        "training_job_name": ["a", "refused"],
        "instance_type": ["ml.m5.large"] * 2,
        "instances": [2, 1],
        "spot": [True, False],
        "starting_seconds": [80.0, 0.0],
    }
    (pool,) = pools_of_rows(jobs, transitions)
    assert pool.name == "ml.m5.large spot"
    assert pool.steps == ((0, 0, 2), (60, 2, 0), (300, 0, 0), (360, 2, 0), (500, 0, 0))


def test_of_many_pools_and_changes_the_picture_says_what_it_leaves_out(tmp_path: Path) -> None:
    many = tuple((float(i), i % 3, i % 2) for i in range(5000))
    picture = CapacityOverTime([Pool(f"type-{i}", i or None, many) for i in range(8)])
    drawn = svg(picture, tmp_path)
    assert "2 less busy pools are not drawn; peaks of each thousandth of the time" in words(drawn)
    assert {f"pool:type-{i}" for i in range(6)} <= ids(drawn)
    assert len(drawn) < 1_500_000
    assert "2 less busy pools are not drawn" in picture.text(80).plain
