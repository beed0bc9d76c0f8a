"""Comparisons: pairs of one world, laws of differences, chances, the Pareto front, the command."""

import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobs_for_tests import request, spot
from jobs_for_tests import world as calm_world
from scipy import stats

import simjob
from simjob.cli import main
from simjob.whatif import ComparisonError, Results, compare, compare_simulations, load_plan, sweep
from simjob.whatif.comparison import Comparison, Difference
from simjob.whatif.comparison_report import as_text, report
from simjob.whatif.estimates import share
from simjob.whatif.tasks import Failure

Capture = pytest.CaptureFixture[str]
Table = dict[str, list[object]]


def measures(
    label: str = "x", seeds: Sequence[int] | None = None, **columns: Sequence[object]
) -> Table:
    """A table of the measures of one variation."""
    n = len(next(iter(columns.values())))
    numbers = list(range(n))
    return {
        "variation": [label] * n,
        "replication": [*numbers],
        "seed": [*(numbers if seeds is None else seeds)],
        **{name: list(values) for name, values in columns.items()},
    }


def both(*tables: Table) -> Table:
    """The rows of several tables."""
    return {name: [each for table in tables for each in table[name]] for name in tables[0]}


_VALUES = st.lists(st.tuples(st.floats(0.01, 1e6), st.floats(0.01, 1e6)), min_size=2, max_size=20)


# Laws.


@given(_VALUES)
def test_with_itself_there_is_no_difference(values: list[tuple[float, float]]) -> None:
    table = measures(dollars=[a for a, _ in values], makespan_seconds=[b for _, b in values])
    (pairing,) = compare(table, table).pairings
    for each in pairing.differences.values():
        assert (each.mean, each.half_width, each.n) == (0, 0, len(values))
        assert not each.distinguishable
    assert pairing.cheaper is not None
    assert pairing.cheaper.count == 0
    assert pairing.earlier is not None
    assert pairing.earlier.count == 0
    text = str(compare(table, table))
    assert "dollars: no difference\n" in text
    assert "makespan: no difference\n" in text


@given(_VALUES)
def test_the_other_way_round_it_is_the_opposite(values: list[tuple[float, float]]) -> None:
    a = measures(dollars=[a for a, _ in values])
    b = measures(dollars=[b for _, b in values])
    (there,) = compare(a, b).pairings
    (back,) = compare(b, a).pairings
    ours, theirs = there.differences["dollars"], back.differences["dollars"]
    assert ours.mean == pytest.approx(-(theirs.mean or 0.0))
    assert ours.half_width == pytest.approx(theirs.half_width)
    assert ours.distinguishable == theirs.distinguishable
    assert there.cheaper is not None
    assert back.cheaper is not None
    ties = sum(math.isclose(a, b, rel_tol=1e-12) for a, b in values)
    assert there.cheaper.count + back.cheaper.count + ties == len(values)


@given(_VALUES, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_half_widths_are_those_of_the_paired_t_test(
    values: list[tuple[float, float]], confidence: float
) -> None:
    a, b = ([pair[place] for pair in values] for place in (0, 1))
    (pairing,) = compare(measures(dollars=a), measures(dollars=b), confidence=confidence).pairings
    found = pairing.differences["dollars"]
    apart = [its - ours for ours, its in zip(a, b, strict=True)]
    error = stats.sem(apart)
    if error == 0:
        assert found.half_width == pytest.approx(0, abs=1e-9)
        return
    low, high = stats.t.interval(
        confidence, len(apart) - 1, loc=sum(apart) / len(apart), scale=error
    )
    assert found.mean == pytest.approx((low + high) / 2, rel=1e-6, abs=1e-6)
    rounding = 1e-12 * max(map(abs, [*a, *b]))
    assert found.half_width == pytest.approx((high - low) / 2, rel=1e-6, abs=rounding)


# Pairs.


def test_results_of_other_seeds_are_refused() -> None:
    a, b = measures(dollars=[1, 2]), measures(seeds=[0, 9], dollars=[1, 2])
    message = "'A' and 'B' cannot be paired: replication 1 has the seed 1 in one and 9 in the other"
    with pytest.raises(ComparisonError, match=f"{message}; give both the same --seed"):
        compare(a, b)


def test_replications_are_paired_by_number_and_others_are_said_to_be_left_out() -> None:
    a = measures(dollars=[1, 2, 3, 4])
    b = {
        "variation": ["y"] * 2,
        "replication": [3, 1],
        "seed": [3, 1],
        "dollars": [5.0, 1.0],
    }
    (pairing,) = compare(a, b).pairings
    assert (pairing.worlds, pairing.unpaired) == (2, 2)
    assert pairing.differences["dollars"].mean == 0
    assert "B against A, 2 worlds in pairs (2 unpaired)" in str(compare(a, b))


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (measures(dollars=[1]), None, "nothing to compare with"),
        (None, None, "results of a sweep, or their table of measures, is None"),
        ({"variation": [], "replication": []}, None, "needs the column 'seed'"),
        (measures(dollars=[]), measures(dollars=[1]), "has no rows"),
        (
            both(measures(dollars=[1]), measures(dollars=[1])),
            measures(dollars=[1]),
            "replication 0 of 'x' is there twice",
        ),
        (
            measures(dollars=[1]),
            {**measures(dollars=[1]), "replication": [7]},
            "'A' and 'B' have no replication in common",
        ),
        (
            measures(dollars=[1]),
            {**measures(dollars=[1]), "seed": ["s"]},
            "must be whole numbers, one is 's'",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(a: Table, b: Table | None, message: str) -> None:
    with pytest.raises(ComparisonError, match=message):
        compare(a, b)


def test_names_that_are_the_same_and_a_confidence_that_is_none_are_refused() -> None:
    table = measures(dollars=[1, 2])
    with pytest.raises(ComparisonError, match="two variations are called 'same'"):
        compare(table, table, names=("same", "same"))
    with pytest.raises(ValueError, match="confidence: must be between 0 and 1"):
        compare(table, table, confidence=1.0)


def test_all_variations_of_one_table_stand_against_its_first() -> None:
    table = both(*(measures(label, dollars=[float(i), i + 2.0]) for i, label in enumerate("pqr")))
    found = compare(pa.table(table))
    assert found.base == "p"
    assert [each.variation for each in found.pairings] == ["q", "r"]
    assert [each.differences["dollars"].mean for each in found.pairings] == [1, 2]
    assert [each.variation for each in compare(table, measures(dollars=[0, 0])).standings] == [
        "A: p",
        "A: q",
        "A: r",
        "B",
    ]


# What is unknown.


def test_a_plan_that_does_not_end_ends_later_than_one_that_does() -> None:
    a = measures(makespan_seconds=[10, None, None, 5])
    b = measures(makespan_seconds=[None, 3, None, 4])
    (pairing,) = compare(a, b).pairings
    assert pairing.earlier == share(2, 3)
    found = pairing.differences["makespan_seconds"]
    assert (found.n, found.left_out, found.half_width) == (1, 3, None)


def test_bills_that_are_unknown_are_left_out_and_said_to_be() -> None:
    a, b = measures(dollars=[1.0, None, 2.0]), measures(dollars=[2.0, 1.0, math.nan])
    (pairing,) = compare(a, b).pairings
    assert pairing.cheaper == share(0, 1)
    assert pairing.differences["dollars"].left_out == 2
    assert "2 left out" in str(compare(a, b))
    (pairing,) = compare(a, measures(dollars=[None] * 3)).pairings
    assert pairing.cheaper is None
    assert "dollars" not in pairing.differences
    assert "cheaper: unknown" in str(compare(a, measures(dollars=[None] * 3)))


def test_rounding_of_sums_is_no_difference() -> None:
    (pairing,) = compare(measures(dollars=[0.1 + 0.2]), measures(dollars=[0.3])).pairings
    assert pairing.differences["dollars"].mean == 0
    assert pairing.cheaper == share(0, 1)


def test_deadlines_and_budgets_are_chances() -> None:
    a = measures(deadline_met=[True, False, True], budget_met=[None, None, None])
    b = measures(deadline_met=[True, True, True], budget_met=[True, False, False])
    first, second = compare(a, b).standings
    assert (first.deadline, first.budget) == (share(2, 3), None)
    assert (second.deadline, second.budget) == (share(3, 3), share(1, 3))


# The Pareto front.

_Points = list[tuple[float | None, float | None]]
_Works = list[tuple[float, float, int]]


def fronts(variations: dict[str, _Points]) -> Comparison:
    """A comparison of variations, of each dollars and completion time in every world."""
    columns = [
        measures(
            name,
            dollars=[dollars for dollars, _ in points],
            completion_mean_seconds=[seconds for _, seconds in points],
        )
        for name, points in variations.items()
    ]
    return compare(both(*columns))


def works(variations: dict[str, _Works], wanted: int = 9) -> Comparison:
    """The same, and how many works are completed of those that are wanted."""
    columns = [
        measures(
            name,
            dollars=[dollars for dollars, _, _ in points],
            completion_mean_seconds=[seconds for _, seconds, _ in points],
            makespan_seconds=[seconds for _, seconds, _ in points],
            completed=[done for _, _, done in points],
            jobs=[wanted] * len(points),
        )
        for name, points in variations.items()
    ]
    return compare(both(*columns))


def test_the_front_is_of_dollars_and_mean_completion_time() -> None:
    points = {"fast": (5, 10), "cheap": (1, 20), "bad": (6, 21), "unknown": (0, None)}
    assert fronts({name: [point] * 2 for name, point in points.items()}).front == ("fast", "cheap")


def test_what_is_better_by_luck_alone_puts_no_other_off_the_front() -> None:
    found = fronts(
        {
            "base": [(5, 10), (6, 11), (7, 12)],
            "perhaps faster": [(5, 9), (6, 12), (7, 11.5)],
            "surely faster": [(5, 9), (6, 10), (7, 11.1)],
        }
    )
    assert found.pairings[0].differences["completion_mean_seconds"].mean < 0
    assert set(found.front) == {"perhaps faster", "surely faster"}


def test_one_world_says_nothing_of_the_front() -> None:
    assert set(fronts({"a": [(1, 1)], "b": [(2, 2)]}).front) == {"a", "b"}


def test_worlds_that_the_base_has_not_are_paired_as_well() -> None:
    a, b = measures("a", dollars=[9, 9], completion_mean_seconds=[9, 9]), None
    for label, dollars in (("b", 3), ("c", 4)):
        more = measures(label, dollars=[dollars] * 9, completion_mean_seconds=[2 + dollars] * 9)
        b = more if b is None else both(b, more)
    other_luck = measures(
        "d", seeds=[0, 1, 7, 8], dollars=[2] * 4, completion_mean_seconds=[1, 1, None, None]
    )
    assert b is not None
    assert compare(a, both(b, other_luck)).front == ("B: d",)
    fewer = {name: column[1:] for name, column in other_luck.items()}
    assert set(compare(a, both(b, fewer)).front) == {"B: b", "B: d"}


@given(
    st.integers(2, 4).flatmap(
        lambda worlds: st.lists(
            st.lists(
                st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(7, 9)),
                min_size=worlds,
                max_size=worlds,
            ),
            min_size=2,
            max_size=6,
        )
    )
)
def test_off_the_front_is_what_the_report_itself_tells_to_be_worse(
    variations: list[_Works],
) -> None:
    labelled = {str(number): points for number, points in enumerate(variations)}

    def told(base: str, other: str) -> bool:
        (pairing,) = works({base: labelled[base], other: labelled[other]}).pairings
        ways = {"dollars": 1, "completion_mean_seconds": 1, "completed": -1}
        kept = [pairing.differences[name] for name in ways]
        less = [
            each.distinguishable and (each.mean or 0.0) * ways[each.measure] < 0 for each in kept
        ]
        same = [each.mean == 0 == each.half_width for each in kept]
        return any(less) and all(a or b for a, b in zip(less, same, strict=True))

    expected = {
        base
        for base in labelled
        if not any(told(base, other) for other in labelled if other != base)
    }
    assert set(works(labelled).front) == expected


# What does less.

CUT: dict[str, _Works] = {
    "whole": [(8, 8, 9), (9, 9, 9)],
    "cut": [(1, 1, 5), (2, 2, 9)],
    "none": [(0, 0, 0), (0, 0, 0)],
    "slow": [(9, 9, 9), (9, 9.5, 9)],
}


def test_what_does_less_puts_nothing_off_the_front_and_is_neither_cheaper_nor_earlier() -> None:
    found = works(CUT)
    assert found.front == ("none", "cut", "whole", "slow")
    cut, none, slow = found.pairings
    assert (cut.cheaper, cut.earlier) == (share(1, 2), share(1, 2))
    assert (none.cheaper, none.earlier) == (share(0, 2), share(0, 2))
    assert (slow.cheaper, slow.earlier) == (share(0, 2), share(0, 2))
    assert [each.unfinished for each in found.standings] == [False, True, True, False]
    surely = {name: [point] * 3 for name, (point, _) in CUT.items()}
    assert set(works(surely).front) == {"none", "cut", "whole"}


def test_what_does_more_at_the_same_price_and_time_is_better() -> None:
    assert works({"less": [(1, 1, 8)] * 2, "more": [(1, 1, 9)] * 2}).front == ("more",)


@pytest.mark.parametrize("more", [0, 3])
def test_the_report_says_which_variations_do_less(more: int) -> None:
    others = {f"{each} more": CUT["whole"] for each in range(more)}
    text = str(works(CUT | others))
    assert "completed" in text.splitlines()[1]
    assert "9 of 9" in text
    assert "0 of 9" in text
    assert "\nNot all works are Completed with cut; none. Dollars and times are" in text
    assert "* on the Pareto front of dollars, completion time and works: no other is" in text
    assert "\nCheaper and earlier are only worlds in which no fewer works are completed.\n" in text
    assert ("  completes 9 works fewer (100 %)\n" in text) == (not more)
    assert max(map(len, text.splitlines())) <= 80


def test_the_report_is_silent_of_work_that_all_do() -> None:
    text = str(works({"a": [(1, 1, 9)] * 2, "b": [(2, 1, 9)] * 2}))
    assert "ompleted with" not in text
    assert "no fewer works" not in text
    assert "9 of 9" not in text


def test_of_many_variations_that_do_less_there_is_the_number() -> None:
    text = str(works({f"variation {each}": [(1, 1, each)] * 2 for each in range(10)}))
    assert "Not all works are Completed with 9 of the 10 variations." in text


# The report.


def test_the_report_says_what_is_less_what_is_later_and_what_cannot_be_told() -> None:
    a = measures(
        dollars=[10.0, 11.0, 12.0],
        makespan_seconds=[7200.0, 7300.0, 7100.0],
        restarts=[0, 1, 0],
        completion_mean_seconds=[7000.0] * 3,
    )
    b = measures(
        dollars=[5.0, 5.5, 6.0],
        makespan_seconds=[7300.0, 7200.0, 7100.0],
        restarts=[1, 0, 0],
        completion_mean_seconds=[7000.0] * 3,
    )
    text = str(compare(a, b, names=("on-demand", "spot")))
    assert "spot against on-demand, 3 worlds in pairs" in text
    assert "costs $5.50 ± 1.24 less (50 %)" in text
    assert "cheaper in 100 % of worlds (3 of 3; 95 % interval 29 to 100 %)" in text
    assert "makespan: no difference that can be told from zero (0.0 ± 4.1 min)" in text
    assert "ends earlier in 33 % of worlds (1 of 3; 95 % interval 1 to 91 %)" in text
    assert all(len(line) <= 80 for line in text.splitlines())
    (restarts,) = [line for line in text.splitlines() if line.startswith("  restarts")]
    assert restarts.endswith("not told from 0")
    assert as_text(compare(a, b), ascii_only=True).isascii()
    one = str(compare(measures(dollars=[1.0]), measures(dollars=[2.0])))
    assert "dollars: $1.00 in the one world there is, which says little" in one


def test_chances_that_nobody_asked_for_have_no_column() -> None:
    table = both(
        measures("x", dollars=[1, 2], deadline_met=[1, 0]),
        measures("y", dollars=[2, 3], deadline_met=[1, 1]),
    )
    text = str(compare(table))
    assert "in time" in text
    assert "in budget" not in text


def test_of_many_variations_each_has_a_row() -> None:
    labels = [f"jobs.train.instances={i}, jobs.train.spot=true, and so on" for i in range(6)]
    table = both(
        *(
            measures(
                label,
                dollars=[i + 1.0, i + 2.5],
                makespan_seconds=[90.0, 90.0 + i],
                deadline_met=[1.0, 0.0],
                budget_met=[1.0, 1.0],
            )
            for i, label in enumerate(labels)
        )
    )
    text = str(compare(table))
    assert text.count(labels[3]) == 2
    assert f"against {labels[0]}" in text
    rows = [line for line in text.splitlines() if "$" in line]
    assert len(rows) == 5
    assert rows[0].split()[-1] == "%"
    assert max(len(line) for line in text.splitlines()) <= 80
    narrow = [line for line, _ in report(compare(table), width=60)]
    assert max(len(line) for line in narrow if line.startswith("   ")) <= 60
    assert sum(labels[3] in line for line in narrow) == 3
    wide = [line for line, _ in report(compare(table), width=140)]
    (row,) = [line for line in wide if "$" in line and labels[3] in line]
    assert "$3.00" in row


@given(st.floats(-1e7, 1e7), st.floats(0, 1e7) | st.none())
def test_zero_inside_the_interval_is_not_told_apart(mean: float, half: float | None) -> None:
    found = Difference("dollars", 1.0, 1.0, mean, half, 5, 0)
    assert found.distinguishable == (half is not None and not -half <= mean <= half)


# One world.


def two_branches() -> tuple[simjob.Simulation, simjob.Simulation]:
    """The same two jobs; in the second simulation one of them is stopped early."""
    sims = []
    for stops in (False, True):
        world = calm_world(default_workload=simjob.Workload(duration="50m"))
        sim = simjob.Simulation(world, seed=1, edition="live")
        for name in ("kept", "stopped"):
            sim.create_training_job(**request(name))
        sim.advance(minutes=10)
        if stops:
            sim.stop_training_job(TrainingJobName="stopped")
            sim.create_training_job(**spot("new"))
        sim.run()
        sims.append(sim)
    return sims[0], sims[1]


def test_two_simulations_are_compared_job_by_job() -> None:
    a, b = two_branches()
    found = compare_simulations(a, b, names=("wait", "stop"))
    assert [each.job_name for each in found.jobs] == ["kept", "stopped", "new"]
    assert found["kept"].same
    stopped = found["stopped"]
    assert stopped.a is not None
    assert stopped.b is not None
    assert (stopped.a.status, stopped.b.status) == ("Completed", "Stopped")
    ours, theirs = a.jobs["stopped"], b.jobs["stopped"]
    assert stopped.later == theirs.history[-1].start - ours.history[-1].start
    assert stopped.dollars == (theirs.bill.dollars or 0.0) - (ours.bill.dollars or 0.0)
    new = found["new"]
    assert new.a is None
    assert new.later is None
    assert new.dollars == b.jobs["new"].bill.dollars
    assert found.dollars == pytest.approx((stopped.dollars or 0.0) + (new.dollars or 0.0))
    with pytest.raises(KeyError):
        found["nobody"]
    text = str(found)
    assert "stop against wait, one world: costs $" in text
    assert "stopped: Completed > Stopped, costs $" in text
    assert "new: no such job > Completed, costs $" in text
    assert "1 job is the same in both" in text


def test_a_simulation_with_itself_makes_no_difference_and_backwards_the_opposite() -> None:
    a, b = two_branches()
    same = compare_simulations(a, a)
    assert all(each.same for each in same.jobs)
    assert (same.dollars, same.later) == (0, same.jobs[0].later)
    there, back = compare_simulations(a, b), compare_simulations(b, a)
    assert there.dollars == pytest.approx(-(back.dollars or 0.0))
    assert there.later is not None
    assert back.later == -there.later


def test_jobs_that_still_run_have_no_end_and_deleted_ones_keep_their_bill() -> None:
    a, b = two_branches()
    b.create_training_job(**request("late"))
    found = compare_simulations(a, b)
    assert found.later is None
    assert "ends not in both" in str(found)
    before = compare_simulations(a, b)["stopped"]
    b.run()
    b.delete_training_job(TrainingJobName="stopped")
    assert compare_simulations(a, b)["stopped"] == before


def test_simulations_are_compared_without_any_extra() -> None:
    program = (
        "import sys; sys.modules.update(numpy=None, pyarrow=None, rich=None, scipy=None)\n"
        "import simjob\n"
        "from simjob.whatif import compare_simulations\n"
        "print(compare_simulations(simjob.Simulation(), simjob.Simulation()))\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603 - ours


def test_simulations_of_other_worlds_are_refused() -> None:
    a, _ = two_branches()
    with pytest.raises(ComparisonError, match="the seeds are 1 and 2"):
        compare_simulations(a, simjob.Simulation(a.world, seed=2))
    later = attrs.evolve(a.world, start=a.now)
    with pytest.raises(ComparisonError, match="one starts at"):
        compare_simulations(a, simjob.Simulation(later, seed=1))


# The command.

PLAN = """\
name = "small"
deadline = "{deadline}"
budget_dollars = 1
[jobs.train]
instance_type = "{kind}"
work = {{ duration = {{ uniform = {{ low = "1h", high = "2h" }} }} }}
"""


@pytest.fixture
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    Path("small.toml").write_text(PLAN.format(kind="ml.m5.large", deadline="100m"))
    Path("large.toml").write_text(PLAN.format(kind="ml.m5.xlarge", deadline="100m"))
    vary = '[vary]\n"jobs.train.instances" = [1, 2]\n'
    Path("varied.toml").write_text(PLAN.format(kind="ml.m5.large", deadline="3h") + vary)


def refused(capsys: Capture, *arguments: str) -> str:
    """What is said on standard error, when nothing is printed."""
    assert main(["compare", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


@pytest.mark.usefixtures("_here")
def test_two_plans_are_carried_out_in_the_same_worlds(capsys: Capture) -> None:
    arguments = ["compare", "small.toml", "large.toml", "--replications", "6", "--seed", "4"]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    plans = [load_plan(file) for file in ("small.toml", "large.toml")]
    a, b = (sweep(plan, replications=6, seed=4) for plan in plans)
    assert printed == f"{compare(a, b, names=('small', 'large'))}\n"
    assert "large against small, 6 worlds in pairs" in printed
    assert "cheaper in 0 % of worlds (0 of 6;" in printed
    assert main(arguments) == 0
    assert capsys.readouterr().out == printed


@pytest.mark.usefixtures("_here")
def test_variations_of_one_plan_or_of_results_are_compared_and_drawn(capsys: Capture) -> None:
    assert main(["compare", "varied.toml", "--replications", "4", "--picture", "a.svg"]) == 0
    told = capsys.readouterr().out
    assert told.endswith("picture: a.svg\n")
    assert "point:instances=2" in Path("a.svg").read_text()
    sweep(load_plan("varied.toml"), replications=4, out="r.parquet")
    assert main(["compare", "r.parquet"]) == 0
    assert f"{capsys.readouterr().out}picture: a.svg\n" == told
    assert main(["compare", "r.parquet", "--picture", "-"]) == 0
    drawn = capsys.readouterr().out
    assert "dollars against completion time, mean" in drawn
    assert all(len(line) <= 80 for line in drawn.splitlines())


@pytest.mark.usefixtures("_here")
def test_results_of_another_seed_are_refused_by_the_command(capsys: Capture) -> None:
    for seed in (1, 2):
        sweep(load_plan("small.toml"), replications=3, seed=seed, out=f"{seed}.parquet")
    message = refused(capsys, "1.parquet", "2.parquet")
    assert message.startswith("simjob: '1' and '2' cannot be paired: replication 0 has the seed")
    assert message.count("\n") == 1


def odd_results() -> None:
    """Files of a sweep that are no results to compare."""
    results = sweep(
        load_plan("small.toml"), replications=2, workers=1, out="r.csv", transitions="log.parquet"
    )
    results.write("r.parquet")
    table = pq.read_table("r.parquet")
    pq.write_table(table.drop_columns(["last"]), "less.parquet")
    pq.write_table(table.replace_schema_metadata({"simjob": "{}"}), "old.parquet")


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["small.toml"], "nothing to compare with"),
        (["small.toml", "none.toml"], "none.toml: cannot be read"),
        (["small.toml", "none.parquet"], "none.parquet: cannot be read"),
        (["small.toml", "bad.parquet"], "bad.parquet: is no Parquet file"),
        (["small.toml", "bad.toml"], "bad.toml: jobs.train.spott"),
        (
            ["log.parquet"],
            "log.parquet: is a transition log; the rows of jobs go to another file\n",
        ),
        (["less.parquet"], "less.parquet: has no column 'last' any more\n"),
        (["old.parquet"], "old.parquet: was written by another version of simjob\n"),
        (["r.csv"], "r.csv: results are read from files ending in .parquet, not .csv\n"),
        (["small.toml", "large.toml", "--replications", "0"], "replications"),
        (["small.toml", "large.toml", "--picture", "a.pdf"], "--picture: a picture's name ends"),
        (
            ["small.toml", "large.toml", "--picture", "no/a.svg"],
            "--picture: there is no directory no",
        ),
        ([], "the following arguments are required: A"),
    ],
)
def test_bad_input_is_answered_in_a_line(
    arguments: list[str], message: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("bad.parquet").write_text("not at all")
    if arguments and "small.toml" not in arguments:
        odd_results()
    Path("bad.toml").write_text('[jobs.train]\nspott = true\ninstance_type = "ml.m5.large"\n')
    if "--replications" not in arguments:
        monkeypatch.setattr("simjob.whatif.sweeping.USUAL", 2)
    said = refused(capsys, *arguments)
    assert message in said
    assert "Traceback" not in said


@pytest.mark.usefixtures("_here")
def test_all_mistakes_of_both_files_are_told_before_anything_runs(capsys: Capture) -> None:
    said = refused(capsys, "none.toml", "gone.parquet")
    assert "none.toml" in said
    assert "gone.parquet" in said


@pytest.mark.usefixtures("_here")
def test_a_picture_that_cannot_be_written_is_told(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object, __: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("simjob.pictures.picture.Picture.save", full)
    assert (
        main(["compare", "small.toml", "large.toml", "--replications", "2", "--picture", "a.svg"])
        == 2
    )
    assert "simjob: --picture: a.svg: cannot be written: No space left" in capsys.readouterr().err


@pytest.mark.usefixtures("_here")
def test_replications_that_failed_are_told(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = tuple(Failure("", number, 7, "ValueError: no luck") for number in range(12))
    monkeypatch.setattr(Results, "failures", failures)
    assert main(["compare", "small.toml", "large.toml", "--replications", "2"]) == 3
    said = capsys.readouterr().err
    assert "no luck" in said
    assert "and 14 more replications failed" in said


def test_the_command_names_the_extra_that_is_missing(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [*sys.modules]:
        if name.startswith("simjob.whatif.comparison"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "numpy", None)
    monkeypatch.delitem(sys.modules, "simjob.whatif.measures", raising=False)
    monkeypatch.delitem(sys.modules, "simjob.whatif.results", raising=False)
    assert "pip install 'simjob[whatif]'" in refused(capsys, "a.toml", "b.toml")
