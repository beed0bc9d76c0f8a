"""What a stop at hour 3 saves: in a simulation that is branched there, and as a rule of a plan."""

from pathlib import Path

from attrs import evolve

import simjob
from simjob.pictures import Gantt, lanes_of_jobs
from simjob.whatif import compare, compare_simulations, load_plan, sweep
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

# One instance and two jobs. At hour 3, the first does not get better: stop it, or wait?
work = simjob.Workload(duration="10h", on_sigterm="save", save_time="40s")
world = simjob.World(capacity=Capacity(on_demand={"ml.p3.8xlarge": 1}), default_workload=work)
waiting = simjob.Simulation(world)
for name in ("stuck", "next"):
    waiting.create_training_job(TrainingJobName=name, **REQUEST)
waiting.advance(hours=3)
stopping = waiting.branch()
stopping.stop_training_job(TrainingJobName="stuck")
lanes = []
for name, sim in (("waiting", waiting), ("stopping", stopping)):
    sim.run()
    mine = lanes_of_jobs(sim.jobs.values())
    lanes += [evolve(each, name=f"{name}: {each.name}") for each in mine]
print(compare_simulations(waiting, stopping, names=("waiting", "stopping")))
Gantt(lanes).save(PICTURE)

# As a rule for twenty trials, in fifty worlds: what it saves, and how many results it costs.
found = compare(sweep(load_plan(HERE / "stop.toml"), replications=50, seed=1, workers=1))
print("\nstopped at  dollars saved  hours saved  trials without an end")
for each in found.pairings:
    less = each.differences
    saved = -less["dollars"].mean / less["dollars"].base
    hours = -less["makespan_seconds"].mean / 3600
    lost = -less["completed"].mean / less["completed"].base
    print(f"{each.variation:10}  {saved:13.0%}  {hours:11.1f}  {lost:21.0%}")
