"""What the API says: statuses, shapes, constraints, errors, editions and the wire form.

Knows nothing of simulation, of worlds, of files or of clients.
"""
