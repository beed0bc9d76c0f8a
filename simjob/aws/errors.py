"""What comes of a call that nobody answers, while the mock is active and after it."""


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


class OutlivedError(Exception):
    """A thread has outlived the mock that it was started in, and would now call AWS itself.

    Attributes:
        thread: its name.
        request: what it would have sent, as a method and a URL.
    """

    def __init__(self, thread: str, request: str) -> None:
        super().__init__(thread, request)
        self.thread = thread
        self.request = request

    def __str__(self) -> str:
        return (
            f"{self.thread} was started while simjob.aws.mock() was active and goes on after it: "
            f"{self.request} is not sent. End the thread before the mock is left, or start it "
            "outside of it."
        )
