"""Billed hours of spot training: published, computed by a formula, simulated.

Published in Boise-State-Development/agentcore-public-stack#1025, for 0.15 interruptions an hour.
Its price ratio and its hours to restart are not told there: 0.33 and 0.5 are fitted. Where the
limit of 28 days ends most jobs, what all cost is shared by those that completed: a rough guess.
"""

from math import ceil, exp

import simjob
from simjob.world import Exponential, Latencies, SpotMarket

RATE, RATIO, RESTART = 0.15, 0.33, 0.5
PUBLISHED = {(3.3, 3.3): 1.4, (10.5, 10.5): 8.4, (48.5, 48.5): 3198.0}  # without checkpoints
PUBLISHED |= {(3.3, 0.5): 1.2, (10.5, 0.5): 3.9, (48.5, 0.5): 17.9}  # one every half an hour
LIMIT = 28 * 86_400
PHASES = ("launching", "preparing", "downloading", "image_pull", "uploading")
REQUEST = {
    "AlgorithmSpecification": {"AlgorithmName": "my-algorithm", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::123456789012:role/training",
    "OutputDataConfig": {"S3OutputPath": "s3://my-models/"},
    "ResourceConfig": {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
    "StoppingCondition": {"MaxRuntimeInSeconds": LIMIT, "MaxWaitTimeInSeconds": LIMIT},
    "EnableManagedSpotTraining": True,
    "CheckpointConfig": {"S3Uri": "s3://my-models/checkpoints/"},
}
MARKET = SpotMarket(uptime=Exponential(3600 / RATE), interrupted=0, discount=1 - RATIO)
AT_ONCE = Latencies(**{phase: {"*": 0} for phase in PHASES})

for (hours, every), published in PUBLISHED.items():
    pieces = [min(every, hours - n * every) for n in range(ceil(hours / every))]
    first, *others = [(exp(RATE * piece) - 1) / RATE for piece in pieces]
    computed = RATIO * (first + exp(RATE * RESTART) * sum(others))

    work = simjob.Workload(
        duration=f"{hours}h", checkpoint_every=f"{every}h", resume_time=f"{RESTART}h"
    )
    sim = simjob.Simulation(simjob.World(spot=MARKET, latencies=AT_ONCE, default_workload=work))
    for number in range(1000 if computed < 100 else 100):
        sim.create_training_job(TrainingJobName=f"job-{number}", **REQUEST)
    sim.run()
    done = sum(job.status == "Completed" for job in sim.jobs.values())
    simulated = sum(job.bill.billable_seconds for job in sim.jobs.values()) / 3600 / done

    print(f"{hours:4} h of work, a checkpoint every {every:4} h:")
    shown = f"{published:6} published, {computed:6.1f} computed, {simulated:6.1f} simulated"
    print(f"  {shown} ({done} of {len(sim.jobs)} completed)")
