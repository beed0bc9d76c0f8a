"""The functions of the time module that are taken over by this package, each with its real body.

`time.time`, `time.time_ns` and `datetime` are left to time-machine. `time.perf_counter` is here
because code measures its own time-outs by it; `time.process_time` and `thread_time` stay real.
"""

import time

from simjob.aws.clock.builtin import Builtin

SLEEP = Builtin(time.sleep)
MONOTONIC = Builtin(time.monotonic)
MONOTONIC_NS = Builtin(time.monotonic_ns)
PERF_COUNTER = Builtin(time.perf_counter)
PERF_COUNTER_NS = Builtin(time.perf_counter_ns)
