"""React to events as EventBridge would send them: when one job fails, stop the others."""

import simjob

world = simjob.World(
    workloads=[
        simjob.WorkloadRule(
            simjob.Workload(exit_code=1, failure="NaN loss", fails_after="20m"), name="sweep-2"
        )
    ],
    default_workload=simjob.Workload(duration="1h", on_sigterm="save", save_time="30s"),
)
sim = simjob.Simulation(world)


def on_transition(transition: simjob.Transition) -> None:
    """What a rule on the training jobs' change of state would call."""
    detail = transition.event["detail"]
    status = detail["TrainingJobStatus"]
    print(f"{transition.event['time']}  {detail['TrainingJobName']}  {transition.status}")
    if status == "Failed":
        print("  ", detail["FailureReason"])
        for job in sim.jobs.values():
            if not job.ended:
                sim.stop_training_job(TrainingJobName=job.name)


sim.subscribe(on_transition)
for number in (1, 2, 3):
    sim.create_training_job(
        TrainingJobName=f"sweep-{number}",
        AlgorithmSpecification={"AlgorithmName": "my-algorithm", "TrainingInputMode": "Pipe"},
        RoleArn="arn:aws:iam::123456789012:role/training",
        OutputDataConfig={"S3OutputPath": "s3://my-models/"},
        ResourceConfig={"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 7200},
    )
sim.run()
