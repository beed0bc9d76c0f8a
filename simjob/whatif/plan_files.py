"""Plan files: TOML to a Plan, and every mistake in one error, each with its exact path.

What a right value is, is told by the classes of `plan`. Here is what a file adds: other files that
it names (requests, a world, traces) are read into its table, so that a plan stands alone; members
that all jobs share stand in `[request]`; jobs must not wait for each other in a circle; every
request that the plan can make is checked as the service would check it; and all this holds in each
variation too that the file asks for.
"""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from os import PathLike
from pathlib import Path
from typing import Any

import attrs

from simjob.admission import valid
from simjob.json_files import read_json
from simjob.spec.editions import edition
from simjob.spec.errors import ApiError
from simjob.spec.instances import instance_type
from simjob.text_files import UnreadableError
from simjob.whatif.arrivals import MOST
from simjob.whatif.paths import PlanError, copied
from simjob.whatif.plan import Plan, request_member
from simjob.whatif.rates import unmetered
from simjob.whatif.requests import merged, requests
from simjob.whatif.traces import csv_trace, swf_trace
from simjob.whatif.variation import SweepError, planned
from simjob.world import Workload, World, load_world
from simjob.world.checks import FieldError, join, key, nearest, positive_count, type_name
from simjob.world.dump import world_table
from simjob.world.load import TableError, built, read_table
from simjob.world.traces import with_outages

Table = dict[str, Any]


def load_plan(path: str | PathLike[str]) -> Plan:
    """The plan that a TOML file describes.

    Raises:
        PlanError: for a file that cannot be read, is no TOML, or holds any mistake.

    >>> load_plan("missing.toml")
    Traceback (most recent call last):
    ...
    simjob.whatif.paths.PlanError: missing.toml: cannot be read: No such file or directory
    """
    try:
        return plan_from_dict(read_table(path), base=Path(path).parent)
    except TableError as error:
        raise PlanError(error.mistakes, str(path)) from None


def plan_from_dict(data: Mapping[str, Any], *, base: str | PathLike[str] = ".") -> Plan:
    """The plan that a table describes, spelled as in a file; files in it are found from `base`.

    Where a file has a table, there may also be a `simjob.World`, a `simjob.Workload` and so on.

    Raises:
        PlanError: for any mistake.

    >>> plan = plan_from_dict({"jobs": {"train": {"instance_type": "ml.m5.xlarge"}}})
    >>> list(plan.jobs), plan.edition
    (['train'], 'live')
    """
    if not isinstance(data, Mapping):
        raise PlanError([f"must be a table, is {data!r}"])
    reading = _Reading(Path(base))
    table = reading.whole(copied(data))
    _refuse(reading.mistakes)
    plan = plan_of(table)
    try:
        planned(plan)
    except SweepError as error:
        raise PlanError(error.mistakes) from None
    return plan


def plan_of(table: Table) -> Plan:
    """The plan of a table that names no other files any more, its variations not looked at.

    Raises:
        PlanError: for any mistake.
    """
    try:
        plan = attrs.evolve(built(table, Plan), table=table)
    except TableError as error:
        raise PlanError(error.mistakes) from None
    _refuse(list(_wrong_links(plan)))
    _refuse([*_too_many(plan), *_wrong_requests(plan), *_wrong_durations(plan)])
    _refuse(list(unmetered(plan)))
    return plan


def _refuse(mistakes: list[str]) -> None:
    if mistakes:
        raise PlanError(mistakes)


# Other files.


class _Reading:
    """Reads the files that a table names into it, and keeps what is wrong with them."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self.mistakes: list[str] = []

    def whole(self, table: Table) -> Table:
        """The table with everything in it that other files hold, and in every job what all share.

        What is of a wrong kind is left, for others to refuse.
        """
        world = table.get("world")
        if isinstance(world, str):
            try:
                table["world"] = world_table(load_world(self._base / world))
            except TableError as error:
                self.mistakes += str(error).splitlines()
        elif isinstance(world, dict):
            table["world"] = with_outages(world, self._base, attrs.fields(World).start.default)
        shared = self._request(table.pop("request", {}), "request")
        self.mistakes += [f"request.{key(n)}: {why}" for n in shared if (why := request_member(n))]
        jobs = table.get("jobs")
        for name, job in jobs.items() if isinstance(jobs, dict) else ():
            if isinstance(job, dict):
                path = join("jobs", key(name))
                own = self._request(job.get("request", {}), f"{path}.request")
                job["request"] = merged(shared, own)
                if isinstance(job.get("arrivals"), dict):
                    self._trace(job["arrivals"], f"{path}.arrivals")
        return table

    def _request(self, value: object, path: str) -> Mapping[str, Any]:
        """The members of a request, inline or in a JSON file, which may be a whole request."""
        if isinstance(value, str):
            file = self._base / value
            try:
                value = read_json(file)
            except UnreadableError as error:
                self.mistakes.append(f"{path}: {file} {error}")
                return {}
            if isinstance(value, Mapping):
                return {name: each for name, each in value.items() if not request_member(name)}
        if isinstance(value, Mapping):
            return value
        self.mistakes.append(f"{path}: must be a table, or the path of a JSON file with an object")
        return {}

    def _trace(self, arrivals: Table, path: str) -> None:
        """Put what a trace holds in the place of its file's name."""
        processors = arrivals.pop("processors_per_instance", 1) if "swf" in arrivals else 1
        if problem := positive_count(processors):
            self.mistakes.append(f"{path}.processors_per_instance: {problem}")
            return
        forms = [form for form in ("trace", "csv", "swf") if form in arrivals]
        for form in forms:
            if form == "trace":
                continue
            file = arrivals.pop(form)
            if form != forms[0]:
                self.mistakes.append(f"{path}.{form}: must be left out where {forms[0]} is given")
            elif not isinstance(file, str):
                self.mistakes.append(f"{path}.{form}: must be the path of a file, is {file!r}")
            else:
                try:
                    arrivals["trace"] = (
                        csv_trace(self._base / file)
                        if form == "csv"
                        else swf_trace(self._base / file, processors)
                    )
                except TableError as error:
                    self.mistakes += str(error).splitlines()


# What must hold between the parts of a plan.


def _wrong_links(plan: Plan) -> Iterator[str]:
    """Jobs that wait for what is not there, for themselves, or in a circle."""
    known = True
    for name, job in plan.jobs.items():
        for what in ("after", "after_success"):
            for place, other in enumerate(getattr(job, what)):
                if other not in plan.jobs:
                    known = False
                    where = f"jobs.{key(name)}.{what}[{place}]"
                    yield f"{where}: there is no job {other!r}{nearest(other, plan.jobs)}"
    if known:
        try:
            TopologicalSorter({n: job.waits_for for n, job in plan.jobs.items()}).prepare()
        except CycleError as error:
            circle = " > ".join(error.args[1])
            yield f"jobs: must not wait for each other in a circle, as these do: {circle}"


def _too_many(plan: Plan) -> Iterator[str]:
    """Copies that are too many for so many arrivals, of the job or of those that it waits for."""
    numbers: dict[str, float] = {}
    order = TopologicalSorter({name: job.waits_for for name, job in plan.jobs.items()})
    for name in order.static_order():
        job = plan.jobs[name]
        before = [numbers[other] for other in job.waits_for if numbers[other] > 1]
        number = job.arrivals.number if job.arrivals else min(before, default=1)
        numbers[name] = number
        if job.copies > 1 and job.copies * number > MOST:
            comes = f"for it arrives {number:,.0f} times and comes to {MOST:,} works at most"
            most = f"must be at most {max(1, int(MOST / number)):,}, {comes}"
            yield f"jobs.{key(name)}.copies: {most}, is {job.copies:,}"


def _wrong_requests(plan: Plan) -> Iterator[str]:
    """What the service would refuse of what the plan asks."""
    column = edition(plan.edition).column
    for name, job in plan.jobs.items():
        path = f"jobs.{key(name)}"
        where = "request"
        try:
            for place, request in enumerate(requests(name, job, plan.world)):
                where = f"retry.fallback[{place - 1}]" if place else "request"
                wanted = request["ResourceConfig"].get("InstanceType")
                if isinstance(wanted, str) and (problem := type_name(wanted)):
                    yield f"{path}.{where}.ResourceConfig.InstanceType: {problem}"
                    break
                asked = valid(request, column).ResourceConfig
                used = asked.InstanceType if asked else None
                if job.work is not None and used and not job.work.runs_on(instance_type(used)):
                    yield f"{path}.work.throughput: says nothing of {used}, which {where} asks for"
        except ApiError as error:
            yield f"{path}.{where}: {error.message}"
        except FieldError as error:
            yield f"{path}.{error}"


def _wrong_durations(plan: Plan) -> Iterator[str]:
    """A trace that tells durations, where the work has no duration to be replaced."""
    for name, job in plan.jobs.items():
        trace = job.arrivals.trace if job.arrivals else None
        if trace is None or all(each.duration_seconds is None for each in trace.arrivals):
            continue
        try:
            with_duration(job.work or plan.world.default_workload, 1.0)
        except FieldError as error:
            yield f"jobs.{key(name)}.work: has no duration that the trace could replace ({error})"


def with_duration(work: Workload, duration_seconds: float) -> Workload:
    """The work with another duration.

    Raises:
        FieldError: it is not told by a duration.
    """
    return attrs.evolve(work, duration=duration_seconds)
