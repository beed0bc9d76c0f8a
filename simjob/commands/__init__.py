"""The commands of `simjob`, a file for each, and what they share (`arguments`)."""
