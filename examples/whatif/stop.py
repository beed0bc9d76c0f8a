"""What a stop at hour 3 saves: in one simulation that is branched there, and as a rule of a plan."""

from pathlib import Path

from attrs import evolve

import simjob
from simjob.pictures import Gantt, lanes_of_jobs
from simjob.whatif import compare_simulations, load_plan, sweep
from simjob.world import Capacity

HERE = Path(__file__).parent
PICTURE = HERE.parents[1] / "docs" / "pictures" / "stop.svg"
REQUEST = {
    "AlgorithmSpecification": {"AlgorithmName": "my-algorithm", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::123456789012:role/training",
    "OutputDataConfig": {"S3OutputPath": "s3://my-models/"},
    "ResourceConfig": {"InstanceType": "ml.p3.8xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
    "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
}

# Two jobs, one instance. At hour 3 the first one's loss has not moved for an hour.
work = simjob.Workload(duration="10h", on_sigterm="save", save_time="40s")
waiting = simjob.Simulation(
    simjob.World(capacity=Capacity(on_demand={"ml.p3.8xlarge": 1}), default_workload=work)
)
for name in ("stuck", "next"):
    waiting.create_training_job(TrainingJobName=name, **REQUEST)
waiting.advance(hours=3)
stopping = waiting.branch()
stopping.stop_training_job(TrainingJobName="stuck")
waiting.run()
stopping.run()
print(compare_simulations(waiting, stopping, names=("waiting", "stopping")))
Gantt(
    [
        evolve(lane, name=f"{lane.name}, {name}")
        for name, sim in (("waiting", waiting), ("stopping", stopping))
        for lane in lanes_of_jobs(sim.jobs.values())
    ]
).save(PICTURE)

# As a rule for every trial of a plan: what it saves, and what it costs in results.
results = sweep(load_plan(HERE / "stop.toml"), replications=50, seed=1, workers=1)
print()
