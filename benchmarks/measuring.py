"""What the benchmarks share: a request, how CPU time is measured, and the table of the results."""

import gc
import platform
from collections.abc import Callable
from importlib.metadata import version
from time import process_time


def request(name: str) -> dict[str, object]:
    """A request of about thirty members, as people write them."""
    return {
        "TrainingJobName": name,
        "HyperParameters": {f"parameter-{i}": str(i) for i in range(8)},
        "AlgorithmSpecification": {
            "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/xgboost:1",
            "TrainingInputMode": "File",
        },
        "RoleArn": "arn:aws:iam::123456789012:role/training",
        "InputDataConfig": [
            {
                "ChannelName": channel,
                "ContentType": "text/csv",
                "CompressionType": "None",
                "RecordWrapperType": "None",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": f"s3://bucket/{channel}",
                        "S3DataDistributionType": "FullyReplicated",
                    }
                },
            }
            for channel in ("train", "validation")
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out", "KmsKeyId": ""},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of one call; the garbage collector leaves alone what was made before."""
    gc.collect()
    gc.freeze()
    start = process_time()
    kept = work()
    spent = process_time() - start
    del kept
    gc.unfreeze()
    return spent


def per_call_us(work: Callable[[], object], calls: int) -> float:
    """CPU microseconds of one of so many calls."""

    def many() -> None:
        for _ in range(calls):
            work()

    return cpu(many) / calls * 1e6


def row(what: str, ours: float, theirs: float, against: str, target: str) -> None:
    """One line of the table; `against` begins with the unit of both figures."""
    unit, _, other = against.partition(" ")
    print(
        f"| {what} | {ours:,.1f} {unit} | {theirs:,.1f} {unit}, {other} "
        f"| {ours / theirs:.2f} | {target} |"
    )


def head(*packages: str) -> None:
    """What it is measured on, and the head of the table."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    print(f"{platform.python_implementation()} {platform.python_version()}, {versions}, ", end="")
    print(f"{platform.system()} {platform.machine()}, {processor()}\n")
    print("| what | simjob | measured against | ratio | at most |")
    print("| --- | ---: | ---: | ---: | ---: |")


def processor() -> str:
    """The processor's name where the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - no path of ours
            names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or "unknown processor"
