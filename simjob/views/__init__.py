"""What can be seen of a job: pure functions of request, history, edition and instant."""
