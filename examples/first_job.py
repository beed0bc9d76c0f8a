"""The life of a job: create it, look at it now and then, read its end. No waiting is real."""

import simjob

REQUEST = {
    "TrainingJobName": "first",
    "AlgorithmSpecification": {
        "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/my-trainer:1",
        "TrainingInputMode": "File",
    },
    "RoleArn": "arn:aws:iam::123456789012:role/training",
    "OutputDataConfig": {"S3OutputPath": "s3://my-models/"},
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}

sim = simjob.Simulation(seed=1)
print(sim.create_training_job(**REQUEST)["TrainingJobArn"])

while True:
    reply = sim.describe_training_job(TrainingJobName="first")
    print(f"{sim.now:%H:%M:%S}  {reply['TrainingJobStatus']:10}  {reply['SecondaryStatus']}")
    if reply["TrainingJobStatus"] in {"Completed", "Failed", "Stopped"}:
        break
    sim.advance(minutes=1)

for phase in sim.jobs["first"].history:
    print(f"{phase.status:10}  from {phase.start:%H:%M:%S}  {phase.message}")
print("the model is at", reply["ModelArtifacts"]["S3ModelArtifacts"])
