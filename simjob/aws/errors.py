"""What comes of a call that nobody answers."""


class NotSimulatedError(Exception):
    """A call would have left the process: nobody here answers it, and nothing reaches a network.

    Attributes:
        service: as botocore names it in its events, such as "s3" or "cloudwatch-logs".
        operation: such as "PutObject".
    """

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(service, operation)
        self.service = service
        self.operation = operation

    def __str__(self) -> str:
        return (
            f"{self.service} {self.operation} is not simulated, or not for what this call names, "
            "and no call may reach a network. simjob answers for training jobs, their logs and "
            "metrics, and for who is calling. For the rest, enter moto's mock_aws() beside "
            "simjob.aws.mock(), or give the client a botocore.stub.Stubber."
        )
