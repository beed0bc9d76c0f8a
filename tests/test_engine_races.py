"""The race table: what wins when a disturbance meets the boundary of a phase.

The documented order of one instant: the end of the work itself, then the runtime limit, then a
spot interruption, then the maximum wait, then a stop. A container that exits exactly at the limit
has finished; a stop that arrives at the instant of the end is too late. Every row says how a job
ends when a disturbance comes 1 ms before a boundary, at it, and 1 ms after it.

The columns: edition | boundary | disturbance | its offset in ms | the course expected, in the
notation of `jobs_for_tests`. A row "stop" is run twice, with a scripted call and with a call made
by hand after the clock was moved there; "refused" says that StopTrainingJob answers with an error.
"""

from datetime import timedelta
from typing import Any

import pytest
from jobs_for_tests import (
    BUCKET,
    course,
    latencies,
    read,
    record,
    request,
    spot,
    world,
)

from simjob import ApiError, Simulation, Workload
from simjob.world import Constant, Launches, Outage, S3Prefix, SpotMarket, Storage

TABLE = """
documented | Starting | stop | -1 | S0 X59.999 Stopped59.999
documented | Starting | stop | 0 | S0 D60 X60 Stopped60
documented | Starting | stop | 1 | S0 D60 X60.001 Stopped60.001
documented | Starting | max wait | -1 | S0 X60 MaxWait60
documented | Starting | max wait | 0 | S0 D60 X60 MaxWait60
documented | Starting | max wait | 1 | S0 D59.999 X60 MaxWait60
documented | Starting | interruption | -1 | S0 D60 I60 S120 D180 T210 U560 Completed570
documented | Starting | interruption | 0 | S0 D60 I60 S120 D180 T210 U560 Completed570
documented | Starting | interruption | 1 | S0 D60 I60.001 S120.001 D180.001 T210.001 U560.001 Completed570.001
live | Starting | stop | -1 | S0 D60 X60 Stopped60
live | Starting | stop | 0 | S0 D60 X60 Stopped60
live | Starting | stop | 1 | S0 D60 X60.001 Stopped60.001
live | Starting | max wait | -1 | S0 X60 MaxWait60
live | Starting | max wait | 0 | S0 D60 X60 MaxWait60
live | Starting | max wait | 1 | S0 D59.999 X60 MaxWait60
live | Starting | interruption | -1 | S0 D60 I60 S120 D180 T260 U560 Completed570
live | Starting | interruption | 0 | S0 D60 I60 S120 D180 T260 U560 Completed570
live | Starting | interruption | 1 | S0 D60 I60.001 S120.001 D180.001 T260.001 U560.001 Completed570.001
documented | Downloading | stop | -1 | S0 D60 X89.999 Stopped89.999
documented | Downloading | stop | 0 | S0 D60 T90 X90 Stopped90
documented | Downloading | stop | 1 | S0 D60 T90 X90.001 Stopped90.001
documented | Downloading | max wait | -1 | S0 D60.001 X90 MaxWait90
documented | Downloading | max wait | 0 | S0 D60 T90 X90 MaxWait90
documented | Downloading | max wait | 1 | S0 D59.999 T89.999 X90 MaxWait90
documented | Downloading | interruption | -1 | S0 D60 I89.999 S149.999 D209.999 T239.999 U589.999 Completed599.999
documented | Downloading | interruption | 0 | S0 D60 T90 I90 S150 D210 T240 U590 Completed600
documented | Downloading | interruption | 1 | S0 D60 T90 I90.001 S150.001 D210.001 T240.001 U590.001 Completed600.001
documented | Downloading | failure | 0 | S0 D60 T90 Failed90
documented | Downloading | failure | 1 | S0 D60 T90 Failed90.001
live | Downloading | stop | -1 | S0 D60 X139.999 Stopped139.999
live | Downloading | stop | 0 | S0 D60 T140 X140 U140 Stopped140
live | Downloading | stop | 1 | S0 D60 T140 X140.001 U140.001 Stopped140.001
live | Downloading | max wait | -1 | S0 D60.001 X140 MaxWait140
live | Downloading | max wait | 0 | S0 D60 T140 X140 U140 MaxWait140
live | Downloading | max wait | 1 | S0 D59.999 T139.999 X140 U140 MaxWait140
live | Downloading | interruption | -1 | S0 D60 I139.999 S199.999 D259.999 T339.999 U639.999 Completed649.999
live | Downloading | interruption | 0 | S0 D60 T140 I140 S200 D260 T340 U640 Completed650
live | Downloading | interruption | 1 | S0 D60 T140 I140.001 S200.001 D260.001 T340.001 U640.001 Completed650.001
live | Downloading | failure | 0 | S0 D60 T140 U140 Failed150
live | Downloading | failure | 1 | S0 D60 T140 U140.001 Failed150.001
documented | denied data | stop | -1 | S0 D60 X89.999 Stopped89.999
documented | denied data | stop | 0 | S0 D60 Failed90 refused
documented | denied data | stop | 1 | S0 D60 Failed90 refused
documented | denied data | max wait | -1 | S0 D60.001 X90 MaxWait90
documented | denied data | max wait | 0 | S0 D60 Failed90
documented | denied data | interruption | 0 | S0 D60 Failed90
live | denied data | stop | -1 | S0 D60 X89.999 Stopped89.999
live | denied data | stop | 0 | S0 D60 Failed90 refused
live | denied data | max wait | -1 | S0 D60.001 X90 MaxWait90
live | denied data | max wait | 0 | S0 D60 Failed90
live | denied data | interruption | 0 | S0 D60 Failed90
documented | image pull | stop | -1 | S0 D60 T90 X139.999 Stopped139.999
documented | image pull | stop | 0 | S0 D60 T90 X140 Stopped260
documented | image pull | stop | 1 | S0 D60 T90 X140.001 Stopped260.001
documented | image pull | limit | -1 | S0 D60 T90 X139.999 MaxRuntime139.999
documented | image pull | limit | 0 | S0 D60 T90 X140 MaxRuntime260
documented | image pull | limit | 1 | S0 D60 T90 X140.001 MaxRuntime260.001
documented | image pull | max wait | -1 | S0 D60.001 T90.001 X140 MaxWait140
documented | image pull | max wait | 0 | S0 D60 T90 X140 MaxWait260
documented | image pull | max wait | 1 | S0 D59.999 T89.999 X140 MaxWait260
documented | image pull | interruption | 0 | S0 D60 T90 I140 S200 D260 T290 U640 Completed650
documented | image pull | failure | -1 | S0 D60 T90 Failed139.999
documented | image pull | failure | 0 | S0 D60 T90 Failed140
documented | image pull | failure | 1 | S0 D60 T90 Failed140.001
documented | Training | stop | -1 | S0 D60 T90 X439.999 Stopped439.999
documented | Training | stop | 0 | S0 D60 T90 U440 X440 Stopped450
documented | Training | stop | 1 | S0 D60 T90 U440 X440.001 Stopped450
documented | Training | limit | -1 | S0 D60 T90 X439.999 MaxRuntime439.999
documented | Training | limit | 0 | S0 D60 T90 U440 Completed450
documented | Training | limit | 1 | S0 D60 T90 U440 Completed450
documented | Training | max wait | -1 | S0 D60.001 T90.001 X440 MaxWait440
documented | Training | max wait | 0 | S0 D60 T90 U440 Completed450
documented | Training | max wait | 1 | S0 D59.999 T89.999 U439.999 Completed449.999
documented | Training | interruption | -1 | S0 D60 T90 I439.999 S499.999 D559.999 T589.999 U939.999 Completed949.999
documented | Training | interruption | 0 | S0 D60 T90 U440 Completed450
documented | Training | interruption | 1 | S0 D60 T90 U440 Completed450
documented | Training | failure | -1 | S0 D60 T90 Failed439.999
documented | Training | failure | 0 | S0 D60 T90 U440 Completed450
documented | Training | failure | 1 | S0 D60 T90 U440 Completed450
live | Training | stop | -1 | S0 D60 T140 X439.999 U439.999 Stopped439.999
live | Training | stop | 0 | S0 D60 T140 U440 X450 Stopped450
live | Training | stop | 1 | S0 D60 T140 U440 X450 Stopped450
live | Training | limit | -1 | S0 D60 T140 X439.999 U439.999 MaxRuntime439.999
live | Training | limit | 0 | S0 D60 T140 U440 Completed450
live | Training | limit | 1 | S0 D60 T140 U440 Completed450
live | Training | max wait | -1 | S0 D60.001 T140.001 X440 U440 MaxWait440
live | Training | max wait | 0 | S0 D60 T140 U440 Completed450
live | Training | max wait | 1 | S0 D59.999 T139.999 U439.999 Completed449.999
live | Training | interruption | -1 | S0 D60 T140 I439.999 S499.999 D559.999 T639.999 U939.999 Completed949.999
live | Training | interruption | 0 | S0 D60 T140 U440 Completed450
live | Training | interruption | 1 | S0 D60 T140 U440 Completed450
live | Training | failure | -1 | S0 D60 T140 U439.999 Failed449.999
live | Training | failure | 0 | S0 D60 T140 U440 Completed450
live | Training | failure | 1 | S0 D60 T140 U440 Completed450
documented | failing Training | stop | -1 | S0 D60 T90 X439.999 Stopped439.999
documented | failing Training | stop | 0 | S0 D60 T90 Failed440 refused
documented | failing Training | limit | -1 | S0 D60 T90 X439.999 MaxRuntime439.999
documented | failing Training | limit | 0 | S0 D60 T90 Failed440
documented | failing Training | max wait | 0 | S0 D60 T90 Failed440
documented | failing Training | interruption | 0 | S0 D60 T90 Failed440
live | failing Training | stop | -1 | S0 D60 T140 X439.999 U439.999 Stopped439.999
live | failing Training | stop | 0 | S0 D60 T140 U440 Failed450
live | failing Training | limit | -1 | S0 D60 T140 X439.999 U439.999 MaxRuntime439.999
live | failing Training | limit | 0 | S0 D60 T140 U440 Failed450
live | failing Training | max wait | 0 | S0 D60 T140 U440 Failed450
live | failing Training | interruption | 0 | S0 D60 T140 U440 Failed450
documented | Uploading | stop | -1 | S0 D60 T90 U440 X449.999 Stopped450
documented | Uploading | stop | 0 | S0 D60 T90 U440 Completed450 refused
documented | Uploading | stop | 1 | S0 D60 T90 U440 Completed450 refused
documented | Uploading | limit | -1 | S0 D60 T90 U440 Completed450
documented | Uploading | limit | 0 | S0 D60 T90 U440 Completed450
documented | Uploading | max wait | -1 | S0 D60.001 T90.001 U440.001 Completed450.001
documented | Uploading | max wait | 0 | S0 D60 T90 U440 Completed450
documented | Uploading | interruption | -1 | S0 D60 T90 U440 Completed450
documented | Uploading | interruption | 0 | S0 D60 T90 U440 Completed450
documented | Uploading | failure | -1 | S0 D60 T90 U440 Completed450
live | Uploading | stop | -1 | S0 D60 T140 U440 X450 Stopped450
live | Uploading | stop | 0 | S0 D60 T140 U440 Completed450 refused
live | Uploading | stop | 1 | S0 D60 T140 U440 Completed450 refused
live | Uploading | limit | -1 | S0 D60 T140 U440 Completed450
live | Uploading | max wait | -1 | S0 D60.001 T140.001 U440.001 Completed450.001
live | Uploading | max wait | 0 | S0 D60 T140 U440 Completed450
live | Uploading | interruption | -1 | S0 D60 T140 U440 Completed450
live | Uploading | failure | -1 | S0 D60 T140 U440 Completed450
documented | stop window | stop | -1 | S0 D60 T90 X200 Stopped240
documented | stop window | stop | 0 | S0 D60 T90 X200 Stopped240
documented | stop window | stop | 1 | S0 D60 T90 X200 Stopped240
documented | stop window | limit | -1 | S0 D60 T90 X200 Stopped240
documented | stop window | limit | 0 | S0 D60 T90 X200 Stopped240
documented | stop window | max wait | -1 | S0 D60.001 T90.001 X200 Stopped240
documented | stop window | max wait | 0 | S0 D60 T90 X200 Stopped240
documented | stop window | interruption | -1 | S0 D60 T90 X200 Stopped240
documented | stop window | interruption | 0 | S0 D60 T90 X200 Stopped240
documented | stop window | failure | -1 | S0 D60 T90 X200 Stopped240
documented | stop window | failure | 0 | S0 D60 T90 X200 Stopped240
live | stop window | stop | -1 | S0 D60 T140 X200 U230 Stopped240
live | stop window | stop | 0 | S0 D60 T140 X200 U230 Stopped240
live | stop window | stop | 1 | S0 D60 T140 X200 U230 Stopped240
live | stop window | limit | -1 | S0 D60 T140 X200 U230 Stopped240
live | stop window | max wait | -1 | S0 D60.001 T140.001 X200 U230 Stopped240
live | stop window | interruption | -1 | S0 D60 T140 X200 U230 Stopped240
live | stop window | failure | -1 | S0 D60 T140 X200 U230 Stopped240
documented | stopped | stop | -1 | S0 D60 T90 X200 Stopped240
documented | stopped | stop | 0 | S0 D60 T90 X200 Stopped240 refused
live | stopped | stop | -1 | S0 D60 T140 X200 U230 Stopped240
live | stopped | stop | 0 | S0 D60 T140 X200 U230 Stopped240 refused
documented | Interrupted | stop | -1 | S0 D60 T90 I200 X259.999 Stopped259.999
documented | Interrupted | stop | 0 | S0 D60 T90 I200 S260 X260 Stopped260
documented | Interrupted | stop | 1 | S0 D60 T90 I200 S260 X260.001 Stopped260.001
documented | Interrupted | max wait | -1 | S0 D60 T90 I200 X260 MaxWait260
documented | Interrupted | max wait | 0 | S0 D60 T90 I200 S260 X260 MaxWait260
documented | Interrupted | max wait | 1 | S0 D60 T90 I200 S259.999 X260 MaxWait260
live | Interrupted | stop | -1 | S0 D60 T140 I200 X259.999 Stopped259.999
live | Interrupted | stop | 0 | S0 D60 T140 I200 S260 D320 X320 Stopped320
live | Interrupted | stop | 1 | S0 D60 T140 I200 S260 D320 X320 Stopped320
live | Interrupted | max wait | -1 | S0 D60 T140 I200 X260 MaxWait260
live | Interrupted | max wait | 0 | S0 D60 T140 I200 S260 X260 MaxWait260
live | Interrupted | max wait | 1 | S0 D60 T140 I200 S259.999 X260 MaxWait260
"""  # noqa: E501 - one row, one line

PAIRS = """
documented | failure, limit | S0 D60 T90 Failed300
documented | failure, interruption | S0 D60 T90 Failed300
documented | failure, stop | S0 D60 T90 Failed300
documented | limit, interruption | S0 D60 T90 X300 MaxRuntime300
documented | limit, max wait | S0 D60 T90 X300 MaxRuntime300
documented | limit, stop | S0 D60 T90 X300 MaxRuntime300
documented | interruption, max wait | S0 D60 T90 I300 X300 MaxWait300
documented | interruption, stop | S0 D60 T90 I300 X300 Stopped300
documented | max wait, stop | S0 D60 T90 X300 MaxWait300
live | failure, limit | S0 D60 T140 U300 Failed310
live | failure, interruption | S0 D60 T140 U300 Failed310
live | failure, stop | S0 D60 T140 U300 Failed310
live | limit, interruption | S0 D60 T140 X300 U300 MaxRuntime300
live | limit, max wait | S0 D60 T140 X300 U300 MaxRuntime300
live | limit, stop | S0 D60 T140 X300 U300 MaxRuntime300
live | interruption, max wait | S0 D60 T140 I300 X300 MaxWait300
live | interruption, stop | S0 D60 T140 I300 X300 Stopped300
live | max wait, stop | S0 D60 T140 X300 U300 MaxWait300
"""

BOUNDARIES = {
    "Starting": 60,
    "denied data": 90,
    "image pull": 140,
    "Training": 440,
    "failing Training": 440,
    "Uploading": 450,
    "stop window": 230,
    "stopped": 240,
    "Interrupted": 260,
}


def rows(table: str) -> list[tuple[str, ...]]:
    """The rows of a table."""
    return [tuple(cell.strip() for cell in row.split("|")) for row in table.strip().splitlines()]


def disturbed(  # noqa: C901, PLR0912, PLR0913, PLR0915 - a race has many sides
    edition: str,
    boundary: str,
    disturbances: list[str],
    at_s: float,
    offset_ms: int = 0,
    *,
    by_hand: bool = False,
) -> tuple[Simulation, bool]:
    """A job that meets the disturbances at `at_s` (+ offset); and whether a stop was refused."""
    at = round(at_s + offset_ms / 1000, 3)
    training_start = 90 if edition == "documented" else 140
    fields: dict[str, Any] = {}
    outages = [Outage(200, 200.5)] if boundary == "Interrupted" else []
    market: dict[str, Any] = {}
    workload: dict[str, Any] = {"duration": 300}
    wanted: dict[str, Any] = {}
    if boundary == "denied data":
        denied = [S3Prefix(f"{BUCKET}/train", access="denied")]
        fields["storage"] = Storage(seconds_per_object=0, prefixes=denied)
    elif boundary == "image pull" and "interruption" not in disturbances:
        workload["on_sigterm"] = "ignore"
    elif boundary == "failing Training":
        workload["exit_code"] = 1
    elif boundary in {"stop window", "stopped"}:
        workload |= {"on_sigterm": "save", "save_time": 30}
    if "limit" in disturbances:
        # Whole seconds, and the rest as the lag with which the limit is enforced.
        limit = int(at - training_start)
        wanted["run"] = limit
        fields["runtime_limit_lag"] = Constant(round(at - training_start - limit, 3))
    if "max wait" in disturbances:
        # Whole seconds, too: here the boundary comes earlier or later.
        wanted["wait"] = round(at_s)
        if boundary == "Interrupted":
            market["interrupted"] = Constant(60 - offset_ms / 1000)
        else:
            fields["latencies"] = latencies(launching=40 - offset_ms / 1000)
    if "interruption" in disturbances:
        outages.append(Outage(at, at + 0.5))
    if "failure" in disturbances:
        failure = Constant(round(at - training_start, 3))
        fields["launches"] = Launches(instance_failure=failure)
    fields["spot"] = SpotMarket(outages=outages, **market)
    sim = Simulation(world(default_workload=Workload(**workload), **fields), edition=edition)
    on_spot = outages or "max wait" in disturbances
    limited = {"StoppingCondition": {"MaxRuntimeInSeconds": wanted.get("run", 3600)}}
    sim.create_training_job(**spot(**wanted) if on_spot else request(**limited))
    refusals: list[ApiError] = []

    def stop() -> None:
        try:
            sim.stop_training_job(TrainingJobName="job")
        except ApiError as refusal:
            refusals.append(refusal)

    if boundary in {"stop window", "stopped"}:
        sim.at(timedelta(seconds=200), stop)
    if "stop" in disturbances:
        if by_hand:
            sim.advance(seconds=at)
            stop()
        else:
            sim.at(timedelta(seconds=at), stop)
    sim.run()
    assert {each.code for each in refusals} <= {"ValidationException"}
    return sim, bool(refusals)


@pytest.mark.parametrize(
    ("edition", "boundary", "disturbance", "offset", "expected", "by_hand"),
    [(*row, False) for row in rows(TABLE)]
    + [(*row, True) for row in rows(TABLE) if row[2] == "stop"],
)
def test_race(  # noqa: PLR0913, PLR0917 - the columns of the table
    edition: str,
    boundary: str,
    disturbance: str,
    offset: str,
    expected: str,
    by_hand: bool,  # noqa: FBT001 - how the stop is made
) -> None:
    at_s = BOUNDARIES.get(boundary) or (90 if edition == "documented" else 140)
    sim, refused = disturbed(edition, boundary, [disturbance], at_s, int(offset), by_hand=by_hand)
    assert course(sim) == read(expected.removesuffix(" refused"))
    assert refused is expected.endswith(" refused")
    uploaded = " U" in expected and " U440 X" in expected
    saved = boundary in {"stop window", "stopped"}
    complete = "Completed" in expected
    assert ("ModelArtifacts" in record(sim)) is (uploaded or saved or complete)


@pytest.mark.parametrize(("edition", "both", "expected"), rows(PAIRS))
def test_two_disturbances_at_one_instant(edition: str, both: str, expected: str) -> None:
    sim, _ = disturbed(edition, "", both.split(", "), 300)
    assert course(sim) == read(expected)


def test_the_table_has_a_row_for_every_boundary_in_both_editions() -> None:
    seen = {row[:2] for row in rows(TABLE)}
    boundaries = {*BOUNDARIES, "Downloading"}
    # The live service pulls the image in Downloading.
    assert seen == {
        (edition, boundary) for edition in ("documented", "live") for boundary in boundaries
    } - {("live", "image pull")}
