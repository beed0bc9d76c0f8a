"""Managed spot training: what a checkpoint saves when the market takes the instances back."""

import simjob
from simjob.world import SpotMarket

REQUEST = {
    "AlgorithmSpecification": {"AlgorithmName": "my-algorithm", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::123456789012:role/training",
    "OutputDataConfig": {"S3OutputPath": "s3://my-models/"},
    "ResourceConfig": {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
    "StoppingCondition": {"MaxRuntimeInSeconds": 36_000, "MaxWaitTimeInSeconds": 72_000},
    "EnableManagedSpotTraining": True,
}

world = simjob.World(
    spot=SpotMarket(uptime="70m"),  # every 70 minutes the instances are gone
    default_workload=simjob.Workload(duration="2h", checkpoint_every="15m"),
)
sim = simjob.Simulation(world)
checkpoints = {"S3Uri": "s3://my-models/checkpoints/"}
sim.create_training_job(TrainingJobName="with", CheckpointConfig=checkpoints, **REQUEST)
sim.create_training_job(TrainingJobName="without", **REQUEST)
sim.run()

for job in sim.jobs.values():
    interruptions = sum(phase.status == "Interrupted" for phase in job.history)
    hours = (job.history[-1].start - job.history[0].start).total_seconds() / 3600
    print(f"{job.name} checkpoints: {job.secondary_status} after {hours:.1f} h")
    print(f"  interruptions: {interruptions}, bill: ${job.bill.dollars:.2f}")
