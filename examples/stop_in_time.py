"""What Stopped means: a container has 120 s after SIGTERM, and only what it saved then is kept."""

from collections.abc import Generator

import simjob


def careful(container: simjob.Container) -> Generator[object, object, None]:
    """Train for two hours; told to stop, save for 40 s and leave a model."""
    try:
        yield container.wait(hours=2)
    except simjob.Sigterm:
        container.log("SIGTERM: saving")
        yield container.wait(seconds=40)
        container.log("saved")
    container.write_model(bytes=50_000_000)


def careless(container: simjob.Container) -> Generator[object, object, None]:
    """Train for two hours; SIGTERM is not caught, and ends it."""
    yield container.wait(hours=2)
    container.write_model(bytes=50_000_000)


world = simjob.World(
    workloads=[
        simjob.WorkloadRule(simjob.Workload(run=careful), name="careful"),
        simjob.WorkloadRule(simjob.Workload(run=careless), name="careless"),
    ]
)
sim = simjob.Simulation(world)
for name in ("careful", "careless"):
    sim.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"AlgorithmName": "my-algorithm", "TrainingInputMode": "File"},
        RoleArn="arn:aws:iam::123456789012:role/training",
        OutputDataConfig={"S3OutputPath": "s3://my-models/"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 10_800},
    )
sim.advance(minutes=30)

for job in sim.jobs.values():
    asked = sim.now
    sim.stop_training_job(TrainingJobName=job.name)
    sim.run(until=job.name)
    waited = (sim.now - asked).total_seconds()
    print(f"{job.name}: {job.status} {waited:.0f} s after the call")
    print("  log:", [line.message for line in job.logs])
    print("  model:", job.record.get("ModelArtifacts", "none"))
