"""What like jobs share of their plans and courses, where the world leaves nothing to luck."""

from simjob.spec.statuses import SecondaryStatus
from simjob.whatif import plan_from_dict, replicate

LATENCIES = ("launching", "preparing", "downloading", "image_pull", "uploading")
WORLD = {
    "latencies": {each: {"*": 10} for each in LATENCIES},
    "default_workload": {"duration": "1h", "encryption_factor": 2},
}
DRAWN = {"duration": {"exponential": {"mean": 300}}}
ENCRYPTED = {"EnableInterContainerTrafficEncryption": True}


def trained(**jobs: dict[str, object]) -> dict[object, object]:
    """The seconds in Training of every training job, by name."""
    planned = {name: {"instance_type": "ml.m5.xlarge", **job} for name, job in jobs.items()}
    done = replicate(plan_from_dict({"world": WORLD, "jobs": planned}), 7)
    assert set(done.jobs["secondary_status"]) == {SecondaryStatus.Completed}
    rows = zip(done.jobs["training_job_name"], done.jobs["training_seconds"], strict=True)
    return dict(rows)


def test_jobs_whose_duration_is_drawn_share_no_course() -> None:
    found = trained(a={"work": DRAWN, "copies": 5})
    assert len(set(found.values())) == 5


def test_what_is_shared_changes_nobodys_time() -> None:
    alone = trained(a={"work": DRAWN}) | trained(b={"work": {"duration": "2h"}})
    assert alone == trained(a={"work": DRAWN}, b={"work": {"duration": "2h"}})


def test_like_jobs_with_other_work_take_other_courses() -> None:
    found = trained(
        a={"work": {"duration": "1h"}, "copies": 2}, b={"work": {"duration": "2h"}, "copies": 2}
    )
    assert found == {"a-0": 3600, "a-1": 3600, "b-0": 7200, "b-1": 7200}


def test_encrypted_traffic_between_instances_makes_another_course_of_the_same_work() -> None:
    found = trained(a={"instances": 2}, b={"instances": 2, "request": ENCRYPTED})
    assert found == {"a-0": 3600, "b-0": 7200}
