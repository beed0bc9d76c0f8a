"""Plan files: what they say, and every mistake with its exact path."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simjob import Workload, World
from simjob.whatif import Plan, PlanError, load_plan, plan_from_dict, replicate
from simjob.whatif.requests import requests

SMALL: dict[str, Any] = {"jobs": {"train": {"instance_type": "ml.m5.xlarge"}}}


def mistakes(data: dict[str, Any], base: Path | None = None) -> list[str]:
    with pytest.raises(PlanError) as caught:
        plan_from_dict(data, base=base or Path())
    return list(caught.value.mistakes)


def job(**keys: object) -> dict[str, Any]:
    return {"jobs": {"a": {"instance_type": "ml.m5.xlarge", **keys}}}


def request(plan: Plan, name: str = "train") -> dict[str, Any]:
    return next(requests(name, plan.jobs[name], plan.world))


# What a plan says.


def test_the_smallest_plan_is_a_whole_request() -> None:
    assert request(plan_from_dict(SMALL)) == {
        "TrainingJobName": "train",
        "AlgorithmSpecification": {
            "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/training:1",
            "TrainingInputMode": "File",
        },
        "RoleArn": "arn:aws:iam::123456789012:role/training",
        "OutputDataConfig": {"S3OutputPath": "s3://training-123456789012/output"},
        "ResourceConfig": {
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
            "InstanceType": "ml.m5.xlarge",
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
    }


def test_what_jobs_share_lies_under_what_each_says(tmp_path: Path) -> None:
    (tmp_path / "train.json").write_text(
        json.dumps(
            {
                "TrainingJobName": "as it was sent",
                "ResourceConfig": {"InstanceCount": 2},
                "RoleArn": "arn:aws:iam::123456789012:role/r",
            }
        )
    )
    (tmp_path / "world.toml").write_text('account = "111122223333"\n')
    (tmp_path / "plan.toml").write_text("""
        world = "world.toml"
        deadline = 2026-01-01T08:00:00Z
        [request.ResourceConfig]
        InstanceType = "ml.p3.2xlarge"
        InstanceCount = 1
        VolumeSizeInGB = 100
        [jobs.train]
        request = "train.json"
        max_runtime = "2h"
    """)
    plan = load_plan(tmp_path / "plan.toml")
    made = request(plan)
    assert made["ResourceConfig"] == {
        "InstanceCount": 2,
        "VolumeSizeInGB": 100,
        "InstanceType": "ml.p3.2xlarge",
    }
    assert made["TrainingJobName"] == "train"
    assert made["RoleArn"] == "arn:aws:iam::123456789012:role/r"
    assert made["OutputDataConfig"]["S3OutputPath"] == "s3://training-111122223333/output"
    assert made["StoppingCondition"] == {"MaxRuntimeInSeconds": 7200}
    assert plan.deadline_seconds == 8 * 3600


def test_max_wait_is_for_spot_training_only() -> None:
    plan = plan_from_dict(
        job(spot=True, max_wait="2d", retry={"on_max_wait": 1, "fallback": [{"spot": False}]})
    )
    spot, on_demand = requests("a", plan.jobs["a"], plan.world)
    assert spot["EnableManagedSpotTraining"]
    assert spot["StoppingCondition"]["MaxWaitTimeInSeconds"] == 172_800
    assert not on_demand["EnableManagedSpotTraining"]
    assert "MaxWaitTimeInSeconds" not in on_demand["StoppingCondition"]


def test_work_that_saves_checkpoints_keeps_them() -> None:
    plan = plan_from_dict(job(work={"duration": "2h", "checkpoint_every": "10m"}))
    assert request(plan, "a")["CheckpointConfig"]
    assert "CheckpointConfig" not in request(plan_from_dict(job()), "a")


def test_a_plan_may_hold_what_was_built_in_python() -> None:
    world = World(account="111122223333")
    work = Workload(duration="2h")
    plan = plan_from_dict({"world": world, **job(work=work)})
    assert plan.world is world
    assert plan.jobs["a"].work is work


def test_a_plan_does_not_alias_the_table_it_was_made_of() -> None:
    table = job(work={"duration": "2h"})
    plan = plan_from_dict(table)
    table["jobs"]["a"]["work"]["duration"] = "3h"
    assert plan.varied({}) == plan


# Variations.


def test_a_variation_changes_a_copy() -> None:
    plan = plan_from_dict({"jobs": {"a": SMALL["jobs"]["train"], "b": SMALL["jobs"]["train"]}})
    other = plan.varied({"jobs.*.instances": 4, "jobs.b.work.duration": "1h"})
    assert [each.instances for each in other.jobs.values()] == [4, 4]
    assert other.jobs["b"].work == Workload(duration="1h")
    assert [each.instances for each in plan.jobs.values()] == [None, None]


def test_a_key_with_dots_stands_in_quotes() -> None:
    plan = plan_from_dict(SMALL).varied({'world.capacity.on_demand."ml.m5.xlarge"': 7})
    assert plan.world.capacity.on_demand == {"ml.m5.xlarge": 7}


@pytest.mark.parametrize(
    ("path", "mistake"),
    [
        ("jobs.trin.instances", "there is no job 'trin'; did you mean 'train'?"),
        ("jobs", "must name a job and one of its keys, such as jobs.train.instances"),
        ("jobs.train", "must name a job and one of its keys, such as jobs.train.instances"),
        ("jobs.*", "must name a job and one of its keys, such as jobs.train.instances"),
        ("a..b", "must be keys with dots between them, such as jobs.train.instances"),
        ("a.", "must be keys with dots between them, such as jobs.train.instances"),
        ("", "must be keys with dots between them, such as jobs.train.instances"),
        ("name.x", "leads into name, which is no table, but 'n'"),
    ],
)
def test_a_path_that_leads_nowhere(path: str, mistake: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan_from_dict({"name": "n", **SMALL}).varied({path: 1})
    assert caught.value.mistakes == (f"{path}: {mistake}",)


def test_a_value_that_cannot_be_there_is_named_by_its_path() -> None:
    with pytest.raises(PlanError, match=r"^jobs\.train\.instances: must be a whole number"):
        plan_from_dict(SMALL).varied({"jobs.train.instances": 0})
    with pytest.raises(PlanError, match=r"^jobs\.train\.instancs: unknown key; did you mean"):
        plan_from_dict(SMALL).varied({"jobs.train.instancs": 1})


# Mistakes.


def test_all_mistakes_of_a_file_come_at_once(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text("""
        budget_dollars = -1
        dedline = 3
        edition = "alive"
        [jobs.a]
        instance_type = "ml.p3.2xlrge"
        retry = { on_max_wait = 1, fallback = [{ spt = false }] }
        [jobs.b]
        instances = 0
        work = { duraton = "2h", checkpoint_every = "30x" }
        arrivals = { every = "1h" }
        [jobs."c d"]
        after = "a"
    """)
    with pytest.raises(PlanError) as caught:
        load_plan(file)
    assert [each.split(": ")[0] for each in caught.value.mistakes] == [
        "edition",
        "jobs.a.instance_type",
        "jobs.a.retry.fallback[0].spt",
        "jobs.b.instances",
        "jobs.b.work.checkpoint_every",
        "jobs.b.work.duraton",
        "jobs.b.arrivals.count",
        'jobs."c d".after',
        "budget_dollars",
        "dedline",
    ]
    assert all(line.startswith(f"{file}: ") for line in str(caught.value).splitlines())


@pytest.mark.parametrize(
    ("data", "mistake"),
    [
        ({}, "jobs: must be given"),
        ({"jobs": {}}, "jobs: must hold at least one job"),
        ({"jobs": 3}, "jobs: must be a table of keys and values, is 3"),
        ({"jobs": {"a": 3}}, "jobs.a: must be a table of keys and values, is 3"),
        (
            {"jobs": {"a b": SMALL["jobs"]["train"]}},
            "jobs.\"a b\": must be 1 to 40 letters, digits and hyphens, is 'a b'",
        ),
        (job(after=["b"]), "jobs.a.after[0]: there is no job 'b'"),
        (job(copies=10**11), "jobs.a.copies: must be at most 1,000,000, is 100,000,000,000"),
        (
            job(arrivals={"every": "1d", "count": 10**11}),
            "jobs.a.arrivals.count: must be at most 1,000,000, is 100,000,000,000",
        ),
        (
            job(arrivals={"every": "1ms", "until": "1h"}),
            "jobs.a.arrivals.until: must be earlier; by then there are 3,600,000 arrivals, which",
        ),
        (
            job(arrivals={"poisson_per_hour": 1e9, "until": "1d"}),
            "jobs.a.arrivals.until: must be earlier; by then there are 24,000,000,000 arrivals",
        ),
        (
            job(arrivals={"poisson_per_hour": 1e9, "count": 2000, "until": "1d"}, copies=501),
            "jobs.a.copies: must be at most 500, for it arrives 2,000 times and comes to 1,000,000",
        ),
        (
            {
                "jobs": {
                    **job()["jobs"],
                    "b": {**SMALL["jobs"]["train"], "arrivals": {"at": list(range(2000))}},
                    "c": {**SMALL["jobs"]["train"], "after": ["b", "a"], "copies": 10**6},
                }
            },
            "jobs.c.copies: must be at most 500, for it arrives 2,000 times",
        ),
        (job(retry={"on_capacity": 10**7}), "jobs.a.retry.on_capacity: must be at most 1,000,000"),
        (
            job(after=["a"]),
            "jobs: must not wait for each other in a circle, as these do: a > a",
        ),
        (
            {
                "jobs": {
                    "a": {"after": ["b"]},
                    "b": {"after_success": ["c"]},
                    "c": {"after": ["a"]},
                }
            },
            "jobs: must not wait for each other in a circle, as these do: a > c > b > a",
        ),
        ({**SMALL, "budget_dollars": 0}, "budget_dollars: must be a number above 0, is 0"),
        ({**SMALL, "deadline": "soon"}, "deadline: must be a duration"),
        ({**SMALL, "request": 3}, "request: must be a table, or the path of a JSON file"),
        ({**SMALL, "world": "none.toml"}, "none.toml: cannot be read: No such file or directory"),
        ({**SMALL, "world": {"regoin": 1}}, "world.regoin: unknown key; did you mean 'region'?"),
        ({**SMALL, "vary": {"a": 3}}, "vary.a: must be a list, is 3"),
        (
            {**SMALL, "vary": {"name": ["a"]}, "variations": [{}]},
            "vary: must be left out where variations are given",
        ),
        (job(request="none.json"), "jobs.a.request: none.json cannot be read"),
        (
            job(request={"ResourceConfig": 4}),
            "jobs.a.request.ResourceConfig: must be a table, is 4",
        ),
        (job(spot=True), "jobs.a.request: Invalid MaxWaitTimeInSeconds. It must be present"),
        (
            {"request": {"TrainingJobName": "x"}, **SMALL},
            "request.TrainingJobName: must be left out: training jobs have the name of their job",
        ),
        (
            job(request={"TrainingJobName": "x"}),
            "jobs.a.request.TrainingJobName: must be left out: training jobs have the name of",
        ),
        (
            {"jobs": {"a": {"request": {"ResourceConfig": {"InstanceType": "ml.m5.xlrge"}}}}},
            "jobs.a.request.ResourceConfig.InstanceType: unknown instance type 'ml.m5.xlrge'; did",
        ),
        (job(request={"RoleArn": "me"}), "jobs.a.request: 2 validation errors detected: "),
        (
            job(retry={"on_failure": 1, "fallback": [{"spot": True}]}),
            "jobs.a.retry.fallback[0]: Invalid MaxWaitTimeInSeconds",
        ),
        (job(retry={"fallback": [{"spot": False}]}), "jobs.a.retry.fallback: needs on_capacity"),
        (
            job(retry={"on_failure": 1, "fallback": [{}]}),
            "jobs.a.retry.fallback[0].spot: must be given, or instances, or instance_type",
        ),
        (job(arrivals={"count": 3}), "jobs.a.arrivals.count: needs every or poisson_per_hour"),
        (job(arrivals={"at": []}), "jobs.a.arrivals.at: must hold at least one time"),
        (
            job(arrivals={"at": [1], "every": 1}),
            "jobs.a.arrivals.every: must be left out where at is given",
        ),
        (job(arrivals={"every": 0, "count": 1}), "jobs.a.arrivals.every: must be longer than 0"),
        (
            job(arrivals={"poisson_per_hour": 1e-300, "count": 3}),
            "jobs.a.arrivals.poisson_per_hour: must be 0.000114 (one in 366 days) or more",
        ),
        (
            job(arrivals={"poisson_per_hour": 1e308, "count": 3}),
            "jobs.a.arrivals.poisson_per_hour: must be a number above 0 and below 1e+300",
        ),
        (
            {**SMALL, "budget_dollars": float("inf")},
            "budget_dollars: must be a number above 0 and below 1e+300, is inf",
        ),
        (
            {**SMALL, "name": "x\x1b[31mred\nline"},
            "name: must be one line of printable text, is 'x\\x1b[31mred\\nline'",
        ),
        ({**SMALL, "x\x1b[31m": 1}, '"x\\u001b[31m": unknown key'),
        (job(arrivals={"csv": 3}), "jobs.a.arrivals.csv: must be the path of a file, is 3"),
        (job(arrivals={"csv": "none.csv"}), "none.csv: cannot be read: No such file or directory"),
        (
            job(arrivals={"processors_per_instance": 8}),
            "jobs.a.arrivals.processors_per_instance: unknown key",
        ),
        (
            job(
                work={"items": 9, "throughput": {"m5": 3}},
                retry={"on_failure": 1, "fallback": [{"instance_type": "ml.c5.xlarge"}]},
            ),
            "jobs.a.work.throughput: says nothing of ml.c5.xlarge, which retry.fallback[0] asks",
        ),
        (job(stop={"at_dollars": 0}), "jobs.a.stop.at_dollars: must be a number above 0, is 0"),
        (
            job(
                stop={"at_dollars": 9},
                retry={"on_failure": 1, "fallback": [{"instance_type": "ml.trn2.48xlarge"}]},
            ),
            "jobs.a.stop.at_dollars: no rate is known for ml.trn2.48xlarge: a spend cannot be told",
        ),
        (
            {**job(instance_type="ml.trn2.48xlarge"), "stop": {"at_dollars": 9}},
            "stop.at_dollars: no rate is known for ml.trn2.48xlarge: a spend cannot be told",
        ),
    ],
)
def test_a_mistake(data: dict[str, Any], mistake: str, tmp_path: Path) -> None:
    (found,) = mistakes(data, tmp_path)
    assert found.replace(f"{tmp_path}/", "").startswith(mistake)


def test_a_stop_at_a_spend_may_be_of_a_type_whose_rate_the_world_says() -> None:
    table = job(instance_type="ml.trn2.48xlarge", stop={"at_dollars": 9})
    priced = {"world": {"prices": {"ml.trn2.48xlarge": 40.0}}}
    assert plan_from_dict(table | priced).jobs["a"].stop.at_dollars == 9


def test_the_deadline_is_an_instant_with_an_offset(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text("deadline = 2026-01-02T00:00:00\n[jobs.a]\ninstance_type = 'ml.m5.large'\n")
    with pytest.raises(PlanError, match="deadline: must have an offset, such as"):
        load_plan(file)


# The variations of a plan's own file.

MAX_WAIT = "jobs.train.request: Invalid MaxWaitTimeInSeconds. It must be present"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"vary": {}}, ["vary: the grid is empty: it has no paths"]),
        ({"vary": {"jobs.train.spot": []}}, ["vary: jobs.train.spot has no values: the grid is"]),
        ({"vary": {"jobs.q.spot": [True, False]}}, ["vary: jobs.q.spot: there is no job 'q'"]),
        ({"vary": {"jobs.train.spot": [False, True]}}, [f"vary: 'spot=true': {MAX_WAIT}"]),
        ({"variations": []}, ["variations: the list of variations is empty"]),
        ({"variations": [{"jobs.q.spot": 1}]}, ["variations[0]: jobs.q.spot: there is no job 'q'"]),
        (
            {"variations": [{}, {"jobs.train.spot": True}, {"name": "x", "jobs.train.spot": True}]},
            [f"variations[1]: {MAX_WAIT}", f"variations[2]: {MAX_WAIT}"],
        ),
        (
            {"variations": [{}, {"name": "v\x1b[31mx"}]},
            ["variations[1].name: must be one line of printable text, is 'v\\x1b[31mx'"],
        ),
        (
            {"variations": [{"name": "x"}, {"name": "x"}]},
            ["variations: two variations are called 'x'"],
        ),
    ],
)
def test_variations_are_checked_with_the_plan(data: dict[str, Any], expected: list[str]) -> None:
    found = mistakes({**SMALL, **data})
    assert len(found) == len(expected)
    for mistake, beginning in zip(found, expected, strict=True):
        assert mistake.startswith(beginning)


# Traces.


def trace(tmp_path: Path, form: str, text: str, **more: object) -> Plan:
    (tmp_path / "trace").write_text(text, encoding="utf-8")
    return plan_from_dict(job(arrivals={form: "trace", **more}), base=tmp_path)


def test_a_csv_trace(tmp_path: Path) -> None:
    text = "at,duration,instances\n1h, 90 ,\n60,,4\n\n"
    arrivals = trace(tmp_path, "csv", text).jobs["a"].arrivals
    assert arrivals is not None
    assert arrivals.trace is not None
    assert [tuple(each) for each in arrivals.trace.arrivals] == [
        (60.0, None, 4),
        (3600.0, 90.0, None),
    ]


def test_an_swf_trace(tmp_path: Path) -> None:
    rest = " -1" * 13
    text = f"; a comment\n1 10 0 600 16{rest}\n2 20 0 -1 16{rest}\n3 5 0 60 1{rest} ; end\n"
    arrivals = trace(tmp_path, "swf", text, processors_per_instance=8).jobs["a"].arrivals
    assert arrivals is not None
    assert arrivals.trace is not None
    assert [tuple(each) for each in arrivals.trace.arrivals] == [(5.0, 60.0, 1), (10.0, 600.0, 2)]


def test_of_two_traces_the_second_form_is_one_too_many(tmp_path: Path) -> None:
    """Whatever the seed of hashes is, and whether the first can be read or not."""
    (tmp_path / "x.csv").write_text("at\n60\n")
    (tmp_path / "y.swf").write_text(f"1 10 0 600 16{' -1' * 13}\n")
    both = "jobs.a.arrivals.swf: must be left out where csv is given"
    assert mistakes(job(arrivals={"swf": "y.swf", "csv": "x.csv"}), tmp_path) == [both]
    _, found = mistakes(job(arrivals={"swf": "y.swf", "csv": "none.csv"}), tmp_path)
    assert found == both


ODD = [
    (1, 60, "nan"),
    (1, 60, "inf"),
    (1, "-inf", 8),
    ("1e18", 60, 8),
    (1, "1e18", 8),
    (1, 60, "1e300"),
]
"""Submit time, run time and processors that are none."""


def test_a_byte_order_mark_is_no_part_of_a_plan_a_world_or_a_request(tmp_path: Path) -> None:
    texts = {
        "w.toml": 'account = "111122223333"\n',
        "r.json": '{"RoleArn": "arn:aws:iam::111122223333:role/r"}',
        "p.toml": "world = 'w.toml'\nrequest = 'r.json'\n[jobs.a]\ninstance_type = 'ml.m5.large'\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(f"\ufeff{text}", encoding="utf-8")
    plan = load_plan(tmp_path / "p.toml")
    assert plan.world.account == "111122223333"
    assert request(plan, "a")["RoleArn"] == "arn:aws:iam::111122223333:role/r"


def test_a_byte_order_mark_is_no_part_of_a_trace(tmp_path: Path) -> None:
    arrivals = trace(tmp_path, "csv", "\ufeffat\n60\n").jobs["a"].arrivals
    assert arrivals is not None
    assert arrivals.first_seconds == 60


def test_a_log_may_last_for_years(tmp_path: Path) -> None:
    """The world may begin in 2999, and the last job arrives 29 years later."""
    seconds = 29 * 366 * 86_400
    text = f"1 0 0 60 1{' -1' * 13}\n2 {seconds} 0 60 1{' -1' * 13}\n"
    plan = trace(tmp_path, "swf", text, processors_per_instance=1)
    plan = plan.varied({"world": {"start": datetime(2999, 12, 31, tzinfo=UTC)}})
    done = replicate(plan, 0)
    assert done.jobs["secondary_status"] == ["Completed", "Completed"]
    assert done.jobs["arrived_seconds"] == [0, seconds]


@pytest.mark.parametrize(
    ("form", "text", "mistakes"),
    [
        ("csv", "", ["line 1: must name the columns, of which 'at' must be one"]),
        ("csv", "at\n", ["must hold at least one arrival"]),
        ("csv", "at,at\n1,2\n", ["line 1, column 2: column 'at' comes twice"]),
        (
            "csv",
            'at,instances\n"1\n\n",2\nx,2\n11000d,2\n',
            [
                "line 5, column 1: must be a duration",
                "line 6, column 1: must be at most 10980 days (948672000 seconds), is '11000d'",
            ],
        ),
        ("csv", f"at\n{'1' * 140_000}\n", ["line 2: is no CSV: field larger than field limit"]),
        (
            "swf",
            "".join(f"1 {three[0]} 0 {three[1]} {three[2]}{' -1' * 13}\n" for three in ODD),
            [
                "line 1, column 5: must be a number, is 'nan'",
                "line 2, column 5: must be a number, is 'inf'",
                "line 3, column 4: must be a number, is '-inf'",
                "line 4, column 2: must be at most 10980 days (948672000 seconds), is 1e+18",
                "line 5, column 4: must be at most 366 days (31622400 seconds), is 1e+18",
                "line 6, column 5: must be a number of instances, 1 to 1000, is '1",
            ],
        ),
        (
            "csv",
            "at,durtion\n1,2\n",
            ["line 1, column 2: unknown column 'durtion'; did you mean 'duration'?"],
        ),
        (
            "csv",
            "at,instances\n1,2,3\nx,1\n1,0\n",
            [
                "line 2: must have 2 cells, as the header has, has 3",
                "line 3, column 1: must be a duration: seconds such as 90,",
                "line 4, column 2: must be a number of instances, 1 to 1000, is '0'",
            ],
        ),
        (
            "swf",
            "; only\n1 2 3\n1 x 0 60 1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1\n",
            ["line 2: must have 18 fields, has 3", "line 3, column 2: must be a number, is 'x'"],
        ),
    ],
)
def test_a_bad_row_is_named_by_file_line_and_column(
    tmp_path: Path, form: str, text: str, mistakes: list[str]
) -> None:
    with pytest.raises(PlanError) as caught:
        trace(tmp_path, form, text)
    assert len(caught.value.mistakes) == len(mistakes)
    for found, expected in zip(caught.value.mistakes, mistakes, strict=True):
        assert found.startswith(f"{tmp_path / 'trace'}: {expected}")


def test_the_spot_trace_of_a_world_in_the_plan_is_found_beside_the_plan(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time,state\n0,up\n3600,down\n7200,up\n")
    world = {"spot": {"zones": [{"name": "us-east-1a", "trace": "a.csv"}]}}
    plan = plan_from_dict({"world": world, **SMALL}, base=tmp_path)
    (zone,) = plan.world.spot.zones
    assert [(each.start, each.end) for each in zone.outages] == [(3600.0, 7200.0)]
    assert plan.varied({}).world == plan.world
    (tmp_path / "a.csv").write_text("time,state\n0,off\n")
    (mistake,) = mistakes({"world": world, **SMALL}, tmp_path)
    assert mistake.startswith(
        f"world.spot.zones[0].trace: {tmp_path / 'a.csv'}: line 2, column 3: "
    )


def test_a_trace_of_durations_needs_work_that_has_one(tmp_path: Path) -> None:
    (tmp_path / "trace").write_text("at,duration\n1,2\n")
    data = job(arrivals={"csv": "trace"}, work={"steps": 5, "step_time": 1})
    (found,) = mistakes(data, tmp_path)
    assert found.startswith("jobs.a.work: has no duration that the trace could replace")
