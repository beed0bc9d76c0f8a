"""Print what the simulator finds beside what theory says, each with its own 99 % interval.

    python benchmarks/oracles.py

The formulas stand in tests/test_oracles_spot.py and tests/test_oracles_queue.py, which hold the
same with other seeds. Seeds are fixed, so the table is the same on every machine.
"""

from math import exp, factorial, sqrt
from statistics import NormalDist, fmean, stdev

from simjob.whatif import plan_from_dict, replicate

PHASES = ("launching", "preparing", "downloading", "image_pull", "uploading")
CALM = {phase: {"*": 0} for phase in PHASES}
TYPE = "ml.m5.xlarge"
Z99 = NormalDist().inv_cdf(0.995)
MONTH = {"StoppingCondition": {"MaxRuntimeInSeconds": 28 * 86_400}}


def line(what: str, expected: float, values: list[float], unit: str) -> None:
    """One row: theory, simulation, half-width, and by how many half-widths they differ."""
    found, half = fmean(values), Z99 * stdev(values) / sqrt(len(values))
    apart = abs(found - expected) / half if half else 0.0
    verdict = "inside" if apart <= 1 else "OUTSIDE"
    print(
        f"| {what} | {expected:.4f} | {found:.4f} ± {half:.4f} {unit} "
        f"| {len(values):,} | {verdict} ({apart:.2f}) |"
    )


# Spot training that begins anew, or goes on from checkpoints.


def hours_on_instances(rate: float, work: dict[str, object], jobs: int) -> list[float]:
    """The hours of instances that like spot jobs took, each with its own luck."""
    job = {"instance_type": TYPE, "spot": True, "max_wait": "28d", "request": MONTH, "work": work}
    world = {
        "latencies": CALM,
        "storage": {"seconds_per_object": 0},
        "spot": {"uptime": {"exponential": {"mean": 3600 / rate}}, "interrupted": 0},
    }
    done = replicate(plan_from_dict({"world": world, "jobs": {"a": {**job, "copies": jobs}}}), 11)
    return [float(seconds) / 3600 for seconds in done.jobs["training_seconds"]]


def spot(rate: float, hours: float, every: float = 0, save: float = 0) -> None:
    """Without checkpoints, or segment by segment."""
    work: dict[str, object] = {"duration": hours * 3600}
    what = f"spot, {rate:g} interruptions an hour, {hours:g} h of work"
    expected = (exp(rate * hours) - 1) / rate
    if every:
        pieces = round(hours / every)
        work |= {"checkpoint_every": every * 3600, "checkpoint_time": save * 3600}
        what += f", {save * 60:g} min to save every {every:g} h"
        expected = (pieces - 1) * (exp(rate * (every + save)) - 1) / rate
        expected += (exp(rate * every) - 1) / rate
    line(what, expected, hours_on_instances(rate, work, 4000), "h")


# Jobs that wait for instances.


def queue(servers: int, load: float, *, waits: bool) -> list[float]:
    """The mean wait in hours, or the share refused, of each of 30 runs of 2,000 arrivals."""
    world: dict[str, object] = {"latencies": CALM}
    limits = {"on_demand": {TYPE: servers}}
    world |= {"capacity": limits} if waits else {"quotas": limits}
    job = {
        "instance_type": TYPE,
        "request": MONTH,
        "work": {"duration": {"exponential": {"mean": 3600}}},
        "arrivals": {"poisson_per_hour": load, "count": 2000},
    }
    plan = plan_from_dict({"world": world, "jobs": {"a": job}})
    found = []
    for seed in range(100, 130):
        rows = replicate(plan, seed).jobs
        late = [at for at, number in enumerate(rows["number"]) if int(str(number)) >= 200]
        if waits:
            found.append(fmean(float(rows["waiting_seconds"][at]) / 3600 for at in late))
        else:
            found.append(fmean(rows["status"][at] == "Refused" for at in late))
    return found


def erlang_b(servers: int, load: float) -> float:
    """The chance that all servers are taken."""
    terms = [load**k / factorial(k) for k in range(servers + 1)]
    return terms[-1] / sum(terms)


def erlang_c_wait(servers: int, load: float) -> float:
    """The mean wait, in mean durations of a job."""
    blocked = erlang_b(servers, load)
    waiting = servers * blocked / (servers - load * (1 - blocked))
    return waiting / (servers - load)


# The runtime limit.


def limited(mean_hours: float, limit_hours: float) -> list[float]:
    """Hours of Training of jobs of exponential durations under a limit."""
    limit = {"StoppingCondition": {"MaxRuntimeInSeconds": round(limit_hours * 3600)}}
    work = {"duration": {"exponential": {"mean": mean_hours * 3600}}}
    job = {"instance_type": TYPE, "request": limit, "work": work, "copies": 4000}
    done = replicate(plan_from_dict({"world": {"latencies": CALM}, "jobs": {"a": job}}), 11)
    return [float(seconds) / 3600 for seconds in done.jobs["training_seconds"]]


def main() -> None:
    """Print the table."""
    print("| what | theory | simulated, 99 % | values | (difference in half-widths) |")
    print("| --- | ---: | ---: | ---: | --- |")
    spot(0.15, 3.3)
    spot(0.15, 10.5)
    spot(1.0, 1.5)
    spot(0.15, 10.5, 0.5)
    spot(0.15, 10.5, 0.5, 0.05)
    spot(1.0, 3.0, 0.75, 0.1)
    for servers, load in ((1, 0.7), (3, 2.4), (8, 6.4)):
        what = f"wait for {servers} instances at {load:g} Erlang (Erlang C)"
        line(what, erlang_c_wait(servers, load), queue(servers, load, waits=True), "h")
    line("refused by a quota of 4 at 3 Erlang", erlang_b(4, 3), queue(4, 3, waits=False), "")
    line("min(duration, limit), mean 2 h, limit 1.5 h", 2 * (1 - exp(-0.75)), limited(2, 1.5), "h")


if __name__ == "__main__":
    main()
