"""Threads that go on when what stood in for AWS has been left: what they send goes nowhere.

A thread that was started meanwhile, and polls on, would call AWS itself, perhaps with somebody's
credentials. While there is such a thread, a gate stands where botocore sends; to all others it is
open. What calls are answered with before stands in `seam`.
"""

import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from botocore.httpsession import URLLib3Session

from simjob.aws.errors import OutlivedError

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest


class Outliving:
    """The threads that live on, and the gate that is there as long as they do."""

    def __init__(self) -> None:
        self._before: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        self._threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        self._original: Callable[..., object] | None = None

    def enter(self) -> None:
        """Note who is there already."""
        self._before = weakref.WeakSet(threading.enumerate())
        self._open_if_idle()

    def leave(self) -> None:
        """Close the gate to every thread that was started since, but for the one that leaves."""
        me = threading.current_thread()
        self._threads.update(
            each for each in threading.enumerate() if each is not me and each not in self._before
        )
        self._open_if_idle()
        if len(self._threads) and self._original is None:
            self._original = URLLib3Session.send
            URLLib3Session.send = self._gate(URLLib3Session.send)

    def _open_if_idle(self) -> None:
        """Take the gate away when the last of them has ended; the next one to look does it."""
        self._threads = weakref.WeakSet(each for each in self._threads if each.is_alive())
        if not len(self._threads) and self._original is not None:
            URLLib3Session.send, self._original = self._original, None

    def _gate(self, original: Callable[..., object]) -> Callable[..., object]:
        def send(session: object, request: "AWSPreparedRequest") -> object:
            me = threading.current_thread()
            if me in self._threads:
                raise OutlivedError(me.name, f"{request.method} {request.url}")
            self._open_if_idle()
            return original(session, request)

        return send


OUTLIVING: Final = Outliving()
