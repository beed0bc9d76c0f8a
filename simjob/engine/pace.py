"""How the work of a run goes on in time: the one mapping between them, both ways.

Work is the workload's own time: of it progress, log lines and checkpoints are told. A run takes
longer, for it loads the checkpoint that it resumes from and pauses for every checkpoint it saves.
What a run does beside that is told in `container`.
"""

from simjob.world import Workload
from simjob.world.durations import milliseconds


class Pace:
    """The pace of one run, in milliseconds: spans from its start, and work from the beginning.

    First the checkpoint is loaded, if there is one; then every `checkpoint_every` of work is
    followed by a pause of `checkpoint_time`, after which the checkpoint counts.

    >>> work = Workload(checkpoint_every=60, checkpoint_time=5, resume_time=30)
    >>> pace = Pace(work, resumed_ms=60_000)
    >>> pace.span_ms(150_000)  # 30 s to resume, 60 s of work, 5 s of pause, 30 s of work
    125000
    >>> pace.work_ms(92_000), pace.saved_ms(94_999), pace.saved_ms(95_000)
    (120000, 60000, 120000)
    """

    __slots__ = ("_every_ms", "_pause_ms", "_resume_ms", "resumed_ms")

    def __init__(self, workload: Workload, resumed_ms: int) -> None:
        self.resumed_ms = resumed_ms
        self._every_ms = self._pause_ms = self._resume_ms = 0
        if workload.checkpoint_every is not None:
            self._every_ms = milliseconds(workload.checkpoint_every)
            self._pause_ms = milliseconds(workload.checkpoint_time)
            self._resume_ms = milliseconds(workload.resume_time) if resumed_ms else 0

    def span_ms(self, work_ms: int) -> int:
        """After how long so much work is done; its checkpoint, if one falls there, is not."""
        left_ms = work_ms - self.resumed_ms
        if left_ms <= 0:
            return self._resume_ms
        pauses = (left_ms - 1) // self._every_ms if self._every_ms else 0
        return self._resume_ms + left_ms + pauses * self._pause_ms

    def work_ms(self, after_ms: int) -> int:
        """The work that is done after that long."""
        working_ms = max(0, after_ms - self._resume_ms)
        if not self._every_ms:
            return self.resumed_ms + working_ms
        saved, rest_ms = divmod(working_ms, self._every_ms + self._pause_ms)
        return self.resumed_ms + saved * self._every_ms + min(rest_ms, self._every_ms)

    def saved_ms(self, after_ms: int) -> int:
        """The work that the last checkpoint by then holds; 0 for none."""
        if not self._every_ms:
            return 0
        working_ms = max(0, after_ms - self._resume_ms)
        saved = working_ms // (self._every_ms + self._pause_ms)
        return self.resumed_ms + saved * self._every_ms

    def saved_after_ms(self, after_ms: int) -> int:
        """After how long the last checkpoint by then counted; 0 for none of this run."""
        saved_ms = self.saved_ms(after_ms)
        if saved_ms <= self.resumed_ms:
            return 0
        return self.span_ms(saved_ms) + self._pause_ms
