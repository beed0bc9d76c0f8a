"""How a job lives: the processes, and the history that they write.

Knows no JSON, no client and no file.
"""
