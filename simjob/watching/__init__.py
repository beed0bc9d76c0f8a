"""`simjob watch`: a live view of a simulation, with keys.

The only place where virtual time follows real time. The model, the screen, the keyboard and the
loop that joins them each have a file of their own.
"""
