"""Sixteen recorded jobs: their phase durations in, the same reply out.

Source: public DescribeTrainingJob replies of completed jobs, 2020-2021, as people put them into
notebooks and repositories; the names are replaced. Some of them were printed in whole seconds.
Two of the jobs (the first and the fifteenth) had no channel at all and show Downloading all the
same; here each job has one channel in File mode.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from jobs_for_tests import instances, latencies, record, request, world

from simjob import Simulation, Workload

STATUSES = ["Starting", "Downloading", "Training", "Uploading", "Completed"]
MESSAGES = [
    "Preparing the instances for training",
    "Downloading input data",
    "Training image download completed. Training in progress.",
    "Uploading generated training model",
    "Training job completed",
]

# Instance type; the starts of Starting, Downloading, Training, Uploading and Completed in
# milliseconds since the epoch; TrainingTimeInSeconds.
RECORDED = [
    (
        "ml.m5.xlarge",
        (
            1_588_023_431_114,
            1_588_023_539_637,
            1_588_023_557_668,
            1_588_023_618_275,
            1_588_023_625_536,
        ),
        86,
    ),
    (
        "ml.p3.2xlarge",
        (
            1_608_314_511_466,
            1_608_314_684_898,
            1_608_314_717_714,
            1_608_315_158_793,
            1_608_315_237_778,
        ),
        553,
    ),
    (
        "ml.m4.xlarge",
        (
            1_614_050_333_533,
            1_614_050_477_235,
            1_614_050_495_341,
            1_614_050_532_679,
            1_614_050_541_411,
        ),
        64,
    ),
    (
        "ml.m5.large",
        (
            1_619_169_371_000,
            1_619_169_516_000,
            1_619_169_554_000,
            1_619_169_589_000,
            1_619_169_598_000,
        ),
        82,
    ),
    (
        "ml.m5.2xlarge",
        (
            1_619_181_995_000,
            1_619_182_129_000,
            1_619_182_156_000,
            1_619_182_238_000,
            1_619_182_254_000,
        ),
        125,
    ),
    (
        "ml.m5.large",
        (
            1_619_192_043_000,
            1_619_192_204_000,
            1_619_192_225_000,
            1_619_192_267_000,
            1_619_192_275_000,
        ),
        71,
    ),
    (
        "ml.m5.large",
        (
            1_619_192_149_000,
            1_619_192_320_000,
            1_619_192_345_000,
            1_619_192_383_000,
            1_619_192_392_000,
        ),
        72,
    ),
    (
        "ml.m5.large",
        (
            1_619_192_151_000,
            1_619_192_304_000,
            1_619_192_332_000,
            1_619_192_412_000,
            1_619_192_421_000,
        ),
        117,
    ),
    (
        "ml.m5.large",
        (
            1_619_192_154_000,
            1_619_192_299_000,
            1_619_192_321_000,
            1_619_192_376_000,
            1_619_192_385_000,
        ),
        86,
    ),
    (
        "ml.m5.large",
        (
            1_619_192_156_000,
            1_619_192_337_000,
            1_619_192_372_000,
            1_619_192_398_000,
            1_619_192_406_000,
        ),
        69,
    ),
    (
        "ml.m5.large",
        (
            1_619_192_159_000,
            1_619_192_303_000,
            1_619_192_332_000,
            1_619_192_364_000,
            1_619_192_373_000,
        ),
        70,
    ),
    (
        "ml.m5.large",
        (
            1_619_192_162_000,
            1_619_192_329_000,
            1_619_192_359_000,
            1_619_192_392_000,
            1_619_192_400_000,
        ),
        71,
    ),
    (
        "ml.m5.large",
        (
            1_619_192_164_000,
            1_619_192_312_000,
            1_619_192_346_000,
            1_619_192_384_000,
            1_619_192_392_000,
        ),
        80,
    ),
    (
        "ml.m5.large",
        (
            1_619_192_167_000,
            1_619_192_314_000,
            1_619_192_333_000,
            1_619_192_380_000,
            1_619_192_389_000,
        ),
        75,
    ),
    (
        "ml.p3.2xlarge",
        (
            1_623_666_090_633,
            1_623_666_230_796,
            1_623_666_242_921,
            1_623_666_415_431,
            1_623_666_423_971,
        ),
        193,
    ),
    (
        "ml.m4.xlarge",
        (
            1_634_017_780_493,
            1_634_017_966_108,
            1_634_018_015_493,
            1_634_018_118_557,
            1_634_018_125_548,
        ),
        159,
    ),
]


@pytest.mark.parametrize("edition", ["documented", "live"])
@pytest.mark.parametrize(("kind", "starts", "seconds"), RECORDED)
def test_a_recorded_job(kind: str, starts: tuple[int, ...], seconds: int, edition: str) -> None:
    created, ready, training, uploading, end = starts
    starting, downloading, running, upload = (
        (after - before) / 1000 for before, after in pairwise(starts)
    )
    sim = Simulation(
        world(
            start=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=created),
            latencies=latencies(
                launching=starting,
                preparing=0,
                downloading=downloading,
                image_pull=0,
                uploading=upload,
            ),
            default_workload=Workload(duration=running),
        ),
        edition=edition,
    )
    limit = {"MaxRuntimeInSeconds": 86400}
    wanted = request(ResourceConfig=instances(1, kind), StoppingCondition=limit)
    sim.create_training_job(**wanted)
    sim.run()
    reply = record(sim)
    expected: list[dict[str, Any]] = [
        {
            "Status": status,
            "StartTime": start / 1000,
            "EndTime": stop / 1000,
            "StatusMessage": message,
        }
        for status, start, stop, message in zip(
            STATUSES, starts, [*starts[1:], end], MESSAGES, strict=True
        )
    ]
    if edition == "live":
        # Since 2023-12 the image is pulled in Downloading, and the message says so.
        expected[1]["StatusMessage"] = "Downloading the training image"
        assert reply["TrainingTimeInSeconds"] == reply["BillableTimeInSeconds"] == seconds
    assert reply["SecondaryStatusTransitions"] == expected
    assert reply["CreationTime"] == created / 1000
    assert reply["TrainingStartTime"] == ready / 1000
    assert reply["TrainingEndTime"] == reply["LastModifiedTime"] == end / 1000
    assert sim.jobs["job"].bill.billable_seconds == seconds
    assert training < uploading < end
