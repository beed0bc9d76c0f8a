"""Rules that read a simulation, and those of tags, which change nothing else.

Reading moves neither time nor state.
"""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from simjob.testing.machine_base import ANY_NAME, Json, Machine
from simjob.testing.state import whole_state

TAGS = st.lists(
    st.fixed_dictionaries({"Key": st.sampled_from("xyz"), "Value": st.sampled_from("12")}),
    max_size=3,
)


class Reads(Machine):
    """The rules that read, and those of tags."""

    # Reading.

    @rule(
        by=st.sampled_from(("TrainingJobName", "TrainingEndTime", "ResourceConfig.InstanceCount")),
        direction=st.sampled_from(("Ascending", "Descending")),
        status=st.sampled_from(("Completed", "InProgress", "Stopped")),
    )
    def search(self, by: str, direction: str, status: str) -> None:
        """Search finds the jobs of a status, page by page."""
        filters = [{"Name": "TrainingJobStatus", "Operator": "Equals", "Value": status}]
        given: Json = {
            "Resource": "TrainingJob",
            "SearchExpression": {"Filters": filters},
            "SortBy": by,
            "SortOrder": direction,
            "MaxResults": 2,
        }
        found: list[str] = []
        while True:
            page: Any = self.sim.search(**given)
            found += [each["TrainingJob"]["TrainingJobName"] for each in page["Results"]]
            if "NextToken" not in page:
                break
            assert len(found) <= len(self.sim.jobs), "pages without end"
            given["NextToken"] = page["NextToken"]
        assert sorted(found) == sorted(
            n for n, job in self.sim.jobs.items() if job.status == status
        )

    @rule(name=ANY_NAME)
    def describe(self, name: str) -> None:
        """A description is the record; reading it, or spoiling the reply, changes nothing."""
        sim = self.sim
        before = whole_state(sim)
        if name in sim.jobs:
            reply = sim.describe_training_job(TrainingJobName=name)
            assert reply == sim.jobs[name].record
            reply.clear()
        else:
            self.refused(self.unknown, sim.describe_training_job, TrainingJobName=name)
        assert whole_state(sim) == before

    @rule(
        by=st.sampled_from(("Name", "CreationTime", "Status")),
        direction=st.sampled_from(("Ascending", "Descending")),
        size=st.integers(1, 4),
        contains=st.sampled_from(("a", "1", "zzz")),
    )
    def list_all(self, by: str, direction: str, size: int, contains: str) -> None:
        """The pages of a list hold every job whose name fits, once and in order."""
        given: Json = {"SortBy": by, "SortOrder": direction, "MaxResults": size}
        seen: list[str] = []
        while True:
            page: Any = self.sim.list_training_jobs(NameContains=contains, **given)
            seen += [row["TrainingJobName"] for row in page["TrainingJobSummaries"]]
            if "NextToken" not in page:
                break
            assert len(seen) <= len(self.sim.jobs), "pages without end"
            given["NextToken"] = page["NextToken"]
        assert sorted(seen) == sorted(name for name in self.sim.jobs if contains in name)
        if by == "Name":
            assert seen == sorted(seen, reverse=direction == "Descending")

    @rule(
        wrong=st.sampled_from(
            (
                {"MaxResults": 0},
                {"MaxResults": 101},
                {"SortBy": "Colour"},
                {"NextToken": "nonsense"},
                {"NameContains": "a_b"},
                {"StatusEquals": "Asleep"},
                {"CreationTimeAfter": "yesterday"},
            )
        )
    )
    def list_wrongly(self, wrong: Json) -> None:
        """What no list can be asked for is refused."""
        self.refused({"ValidationException"}, self.sim.list_training_jobs, **wrong)

    # Tags.

    def arn(self, name: str) -> str:
        """The ARN of a job, or of none."""
        if name in self.sim.jobs:
            return self.sim.jobs[name].arn
        return "arn:aws:sagemaker:us-east-1:123456789012:training-job/nobody"

    @rule(name=ANY_NAME, tags=TAGS)
    def add_tags(self, name: str, tags: list[dict[str, str]]) -> None:
        """New tags lie over the old ones."""
        given: Json = {"ResourceArn": self.arn(name), "Tags": tags}
        keys = [tag["Key"] for tag in tags]
        if name not in self.sim.jobs:
            self.refused(self.unknown, self.sim.add_tags, **given)
        elif len(set(keys)) < len(keys):
            self.refused({"ValidationException"}, self.sim.add_tags, **given)
        else:
            before = self.sim.jobs[name].tags
            self.sim.add_tags(**given)
            new = {tag["Key"]: tag["Value"] for tag in tags}
            assert self.sim.jobs[name].tags == {**before, **new}

    @rule(name=ANY_NAME, keys=st.lists(st.sampled_from("xyz"), min_size=1, max_size=2))
    def delete_tags(self, name: str, keys: list[str]) -> None:
        """What is deleted is gone."""
        given: Json = {"ResourceArn": self.arn(name), "TagKeys": keys}
        if name in self.sim.jobs:
            self.sim.delete_tags(**given)
            assert not {*keys} & {*self.sim.jobs[name].tags}
        else:
            self.refused(self.unknown, self.sim.delete_tags, **given)

    @precondition(lambda self: self.sim.jobs)
    @rule(name=ANY_NAME)
    def list_tags(self, name: str) -> None:
        """The tags of a job are listed."""
        given: Json = {"ResourceArn": self.arn(name)}
        if name in self.sim.jobs:
            tags: Any = self.sim.list_tags(**given)["Tags"]
            assert {tag["Key"]: tag["Value"] for tag in tags} == self.sim.jobs[name].tags
        else:
            self.refused(self.unknown, self.sim.list_tags, **given)
