"""Two instances for everybody: jobs wait in the order in which they came, quotas refuse at once."""

import simjob
from simjob.world import Capacity, Quotas

TYPE = "ml.p3.8xlarge"
world = simjob.World(
    capacity=Capacity(on_demand={TYPE: 2}),
    quotas=Quotas(on_demand={TYPE: 5}),
    default_workload=simjob.Workload(duration="1h"),
)
sim = simjob.Simulation(world, edition="live")
sim.subscribe(
    lambda transition: print(f"{transition.at:%H:%M}  {transition.job.name}  {transition.status}")
)

for name, instances in (("a", 1), ("b", 2), ("c", 1), ("d", 2)):
    try:
        sim.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={"AlgorithmName": "my-algorithm", "TrainingInputMode": "File"},
            RoleArn="arn:aws:iam::123456789012:role/training",
            OutputDataConfig={"S3OutputPath": "s3://my-models/"},
            ResourceConfig={"InstanceType": TYPE, "InstanceCount": instances, "VolumeSizeInGB": 50},
            StoppingCondition={"MaxRuntimeInSeconds": 7200},
        )
    except simjob.ApiError as error:
        print(f"{name} is refused: {error.code}")
sim.run()
