"""The plugin of pytest: what its fixtures are, how settings lie on each other, what is told.

Suites are run in this process, as pytest's own `pytester` does it.
"""

import subprocess
import sys

import pytest
from helpers import request as plain_request

BEGIN = f"""
import time
import pytest
import simjob
from simjob.world import ApiFaults, Capacity
REQUEST = {plain_request()!r}
"""
FACTS = """
def test_facts(simjob_sim):
    print("facts:", simjob_sim.seed, simjob_sim.edition.name, simjob_sim.world.region,
          simjob_sim.world.account)
    assert False
"""


def suite(pytester: pytest.Pytester, body: str, **files: str) -> None:
    pytester.makepyfile(test_it=BEGIN + body)
    for name, text in files.items():
        pytester.makefile(".toml", **{name: text})


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("-p", "no:model-coverage", "-p", "no:cacheprovider", *args)


def facts(result: pytest.RunResult) -> str:
    (line,) = {line for line in result.outlines if line.startswith("facts:")}
    return line.removeprefix("facts: ")


# The fixtures.


def test_the_fixtures_are_simulations_with_and_without_boto3(pytester: pytest.Pytester) -> None:
    suite(
        pytester,
        """
def test_by_itself(simjob_sim):
    simjob_sim.create_training_job(**REQUEST)
    simjob_sim.run()
    assert simjob_sim.jobs["a"].status == "Completed"
    assert simjob_sim.edition.name == "documented"

def test_behind_boto3(simjob_aws):
    import boto3
    client = boto3.client("sagemaker")
    client.create_training_job(**REQUEST)
    client.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName="a")
    assert simjob_aws.jobs["a"].status == "Completed"
    assert simjob_aws.edition.name == "live"

def test_new_every_time(simjob_sim):
    assert not simjob_sim.jobs

def test_both_are_one(simjob_sim, simjob_aws, simjob_clock):
    before = simjob_sim.now
    time.sleep(60)
    assert simjob_sim is simjob_aws
    assert simjob_clock.now == simjob_sim.now > before

def test_the_clock_alone(simjob_clock, simjob_sim):
    simjob_sim.create_training_job(**REQUEST)
    time.sleep(86_400)
    assert simjob_sim.jobs["a"].status == "Completed"
    assert simjob_clock.mode == "autojump"

@pytest.mark.simjob(clock="manual", guard_seconds=1)
def test_the_clock_as_marked(simjob_clock):
    assert (simjob_clock.mode, simjob_clock.guard_seconds) == ("manual", 1)

@pytest.mark.simjob(clock="manual", wire=True)
def test_behind_boto3_as_marked(simjob_aws, simjob_clock):
    assert simjob_clock.mode == "manual"

def test_nothing_is_left_behind():
    assert abs(time.time() - 1_767_225_600) > 86_400 * 30
""",
    )
    run(pytester, "-W", "error").assert_outcomes(passed=8)


# The layers.


WORLD = 'region = "eu-west-1"\naccount = "999999999999"\n'


@pytest.mark.parametrize(
    ("ini", "mark", "args", "expected"),
    [
        ("", "", (), "0 documented us-east-1 123456789012"),
        (
            "simjob_world = low.toml\nsimjob_seed = 5\nsimjob_edition = live",
            "",
            (),
            "5 live eu-west-1 999999999999",
        ),
        (
            "simjob_world = low.toml\nsimjob_seed = 5\nsimjob_edition = live",
            "seed=6, edition='retired', region='ap-south-1'",
            (),
            "6 retired ap-south-1 999999999999",
        ),
        (
            "simjob_seed = 5",
            "seed=6",
            ("--simjob-seed=-7",),
            "-7 documented us-east-1 123456789012",
        ),
        ("", "world='low.toml', account='1' * 12", (), "0 documented eu-west-1 111111111111"),
        (
            "simjob_world = low.toml",
            "world=simjob.World(account='2' * 12)",
            (),
            "0 documented us-east-1 222222222222",
        ),
    ],
)
def test_each_layer_lies_on_the_one_before(
    pytester: pytest.Pytester, ini: str, mark: str, args: tuple[str, ...], expected: str
) -> None:
    suite(pytester, f"\n@pytest.mark.simjob({mark}){FACTS}", low=WORLD)
    pytester.makeini(f"[pytest]\n{ini}\n")
    assert facts(run(pytester, *args)) == expected


def test_the_closest_mark_lies_on_top(pytester: pytest.Pytester) -> None:
    suite(
        pytester,
        """
pytestmark = pytest.mark.simjob(api={"resets": 0.5, "latency": 1}, seed=1)

@pytest.mark.simjob(api={"resets": 0.25}, seed=2, capacity=Capacity(spot={"ml.m5.large": 1}))
class TestInside:
    @pytest.mark.simjob(seed=3)
    def test_it(self, simjob_sim):
        world = simjob_sim.world
        assert simjob_sim.seed == 3
        assert world.api == ApiFaults(resets=0.25, latency=1)
        assert world.capacity == Capacity(spot={"ml.m5.large": 1})
""",
    )
    run(pytester).assert_outcomes(passed=1)


def test_a_file_is_looked_for_beside_the_test_first(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("inner")
    (folder / "low.toml").write_text('region = "eu-central-1"')
    (folder / "test_inner.py").write_text(
        f"import pytest\n@pytest.mark.simjob(world='low.toml'){FACTS}"
    )
    suite(pytester, "", low=WORLD)
    assert facts(run(pytester)) == "0 documented eu-central-1 123456789012"


# What is wrong fails the collection.


@pytest.mark.parametrize(
    ("mark", "mistakes"),
    [
        ("wrld=3", ["wrld: unknown argument; did you mean 'world'?"]),
        ("'low.toml'", ["takes keyword arguments only, has 'low.toml'"]),
        ("world=3", ["world: must be a simjob.World or the path of a world file, is 3"]),
        ("world='lo.toml'", ["world: there is no file 'lo.toml' beside the test (*"]),
        (
            "world='wrong.toml'",
            [
                "world: *wrong.toml: api.reset: unknown key; did you mean 'resets'?",
                "world: *wrong.toml: seed: unknown key*",
            ],
        ),
        ("seed='x'", ["seed: must be a whole number, is 'x'"]),
        ("seed=True", ["seed: must be a whole number, is True"]),
        ("edition='new'", ["edition: *'new'*"]),
        ("edition=3", ["edition: must be the name of an edition, is 3"]),
        ("clock='fast'", ["clock: must be 'autojump', 'manual' or 'rate', is 'fast'"]),
        (
            "rate='x', guard_seconds=0",
            ["rate: must be real number, not str", "guard_seconds: must be positive *0"],
        ),
        ("wire='yes'", ["wire: must be True or False, is 'yes'"]),
        ("region='moon'", ["region: must be a region such as 'us-east-1', is 'moon'"]),
        ("api={'resets': 2}", ["api.resets: must be a number from 0 to 1, is 2*"]),
        ("api={'reset': 0.5}", ["api.reset: unknown key; did you mean 'resets'?"]),
        ("api=3", ["api: must be an ApiFaults, is 3"]),
        ("prices={'ml.m5.huge': 1}", ['prices."ml.m5.huge": *']),
        (
            "workloads=[{'name': 'a', 'duraton': 1}]",
            ["workloads[[]0].duraton: unknown key; did you mean 'duration'?"],
        ),
    ],
)
def test_a_wrong_mark_fails_the_collection(
    pytester: pytest.Pytester, mark: str, mistakes: list[str]
) -> None:
    suite(
        pytester,
        f"\n@pytest.mark.simjob({mark})\ndef test_wrong(simjob_sim): pass",
        low=WORLD,
        wrong="seed = 1\n[api]\nreset = 0.5\n",
    )
    result = run(pytester)
    result.assert_outcomes(errors=1)
    lead = "test_wrong: @pytest.mark.simjob: "
    result.stdout.fnmatch_lines_random(
        ["*ERROR collecting test_it.py*", *(lead + m for m in mistakes)]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*plugin*.py:*")


def test_every_mistake_of_a_module_is_told_once(pytester: pytest.Pytester) -> None:
    suite(
        pytester,
        """
class TestAll:
    @pytest.mark.simjob(seed="x")
    def test_one(self): pass
    def test_right(self): pass

    @pytest.mark.simjob(wrong=1)
    @pytest.mark.parametrize("number", range(3))
    def test_two(self, number): pass

def test_three(): pass
""",
    )
    result = run(pytester, "--continue-on-collection-errors", "--no-summary")
    result.assert_outcomes(errors=1, passed=1)
    result = run(pytester, "-r", "N")
    text = result.stdout.str()
    assert text.count("test_two[0]: @pytest.mark.simjob: wrong: unknown argument") == 1
    assert text.count("test_two") == 1
    assert text.count("test_one: @pytest.mark.simjob: seed: must be a whole number") == 1
    assert text.index("test_one:") < text.index("test_two[0]:")  # in the order of the tests


@pytest.mark.parametrize(
    ("option", "mistake"),
    [
        ("simjob_seed = many", "ini option simjob_seed: must be a whole number, is 'many'"),
        ("simjob_world = no.toml", "ini option simjob_world: there is no file 'no.toml' *"),
        ("simjob_edition = old", "ini option simjob_edition: *'old'*"),
    ],
)
def test_a_wrong_ini_option_fails_only_tests_that_ask_for_it(
    pytester: pytest.Pytester, option: str, mistake: str
) -> None:
    pytester.makeini(f"[pytest]\n{option}\n")
    pytester.makepyfile(test_asks="def test_asks(simjob_sim): pass", test_other="def test(): pass")
    result = run(pytester, "--continue-on-collection-errors")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([f"test_asks: {mistake}"])


def test_a_seed_on_the_command_line_is_a_whole_number(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--simjob-seed=x")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*argument --simjob-seed: invalid int value: 'x'"])


# What a failing test tells.


FAILING = """
@pytest.mark.simjob(api={"latency": 0}, seed=3, default_workload={"exit_code": 1})
def test_fails(simjob_aws):
    simjob_aws.create_training_job(**REQUEST)
    time.sleep(3600)
    simjob_aws.create_training_job(**{**REQUEST, "TrainingJobName": "b"})
    assert simjob_aws.jobs["a"].status == "Completed"
"""


def test_a_failing_test_shows_seed_world_and_every_job(pytester: pytest.Pytester) -> None:
    suite(pytester, FAILING)
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "-* simjob -*",
            "seed 3, edition live, now 2026-01-01 01:00:00 UTC",
            "world: the default, but for",
            "    [[]default_workload[]]",
            "    exit_code = 1",
            "    [[]api[]]",
            "    latency = 0",
            "a: Failed, created at 2026-01-01 00:00:00 UTC",
            "  AlgorithmError: *exit code: 1*",
            "  +0:00:00  Starting     * s",
            "  +0:*  Training * min*",
            "  +0:*  Failed",
            "b: InProgress, created at 2026-01-01 01:00:00 UTC",
            "  +0:00:00  Starting     0.0 s so far",
            "again: pytest 'test_it.py::test_fails' --simjob-seed=3",
        ]
    )


def test_what_passes_and_what_simulates_nothing_tells_nothing(pytester: pytest.Pytester) -> None:
    suite(pytester, "def test_a(simjob_sim): pass\ndef test_b(): assert False\n")
    result = run(pytester, "-rA")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.no_fnmatch_line("*edition*")


def test_a_world_with_a_script_says_that_no_file_can_hold_it(pytester: pytest.Pytester) -> None:
    suite(
        pytester,
        """
def script(container):
    yield container.wait(seconds=1)

@pytest.mark.simjob(default_workload=simjob.Workload(run=script))
def test_fails(simjob_sim):
    assert False
""",
    )
    result = run(pytester)
    result.stdout.fnmatch_lines(["world: no file can hold it (default_workload.run: *"])


# Beside others.


def test_in_several_processes(pytester: pytest.Pytester) -> None:
    suite(
        pytester,
        """
@pytest.mark.parametrize("n", range(6))
def test_many(n, simjob_sim):
    simjob_sim.create_training_job(**REQUEST)
    simjob_sim.run()
    assert n < 5
""",
    )
    pytester.makepyfile(test_wrong="import pytest\n@pytest.mark.simjob(sed=1)\ndef test_x(): pass")
    result = pytester.runpytest_subprocess(
        "-n", "2", "--simjob-seed=9", "--continue-on-collection-errors"
    )
    result.assert_outcomes(passed=5, failed=1, errors=1)
    result.stdout.fnmatch_lines_random(
        [
            "test_x: @pytest.mark.simjob: sed: unknown argument; did you mean 'seed'?",
            "seed 9, edition documented, *",
            "a: Completed, *",
        ]
    )


def test_the_plugin_imports_nothing_heavy() -> None:
    """Not even simjob's own core, in a project that has it installed and does not use it here."""
    look = (
        "import sys, pytest; before = set(sys.modules); import simjob.pytest_plugin; "
        "print(sorted(name for name in set(sys.modules) - before))"
    )
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", look], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['simjob', 'simjob.pytest_plugin']"


def test_the_mark_and_the_options_are_documented(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--help")
    result.stdout.fnmatch_lines_random(
        ["simulated training jobs:", "*--simjob-seed=N*", "*simjob_world (string):*"]
    )
    run(pytester, "--markers").stdout.fnmatch_lines(["@pytest.mark.simjob(world=None, *"])
    run(pytester, "--fixtures").stdout.fnmatch_lines_random(["simjob_sim *", "simjob_aws *"])
