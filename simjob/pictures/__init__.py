"""The face to learners: pictures of jobs, plans and fits. Each kind stands in a file of its own."""
