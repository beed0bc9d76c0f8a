"""The quiz: questions about jobs in random worlds, which the simulation itself answers."""
