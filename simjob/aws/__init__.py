"""The face to real clients: what stands in for AWS in a process. Needs the extra `simjob[aws]`."""
