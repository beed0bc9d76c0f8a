"""The status model as data: rows, pairing, and what an edge that is not there does."""

import copy
import itertools
import pickle

import pytest

from simjob.engine.history import History
from simjob.spec.editions import DOCUMENTED, EDITIONS, LIVE, RETIRED, Edition, edition
from simjob.spec.statuses import (
    INFERRED,
    LINGERING,
    PAIRING,
    TERMINAL,
    TRANSITIONS,
    UNUSED,
    Edge,
    IllegalTransitionError,
    In,
    PrimaryStatus,
    fire,
)
from simjob.spec.statuses import SecondaryStatus as S

ENDS = {S.Completed, S.Failed, S.Stopped, S.MaxRuntimeExceeded, S.MaxWaitTimeExceeded}
BIRTH: list[S | None] = [None]


def test_every_status_has_a_row_and_a_primary_status() -> None:
    assert set(TRANSITIONS) == set(PAIRING) == set(S)
    assert set(S) >= TERMINAL == ENDS
    assert {status for status, row in TRANSITIONS.items() if not row} == ENDS | UNUSED


def test_the_pairing_is_the_pages() -> None:
    by_primary = {
        primary: {status for status in set(S) - UNUSED if PAIRING[status] is primary}
        for primary in PrimaryStatus
    }
    assert by_primary == {
        PrimaryStatus.InProgress: set(S) - UNUSED - ENDS - {S.Stopping},
        PrimaryStatus.Completed: {S.Completed},
        PrimaryStatus.Failed: {S.Failed},
        PrimaryStatus.Stopping: {S.Stopping},
        PrimaryStatus.Stopped: {S.Stopped, S.MaxRuntimeExceeded, S.MaxWaitTimeExceeded},
        PrimaryStatus.Deleting: set(),
    }


@pytest.mark.parametrize("each", EDITIONS.values(), ids=EDITIONS)
def test_an_edge_that_is_not_in_the_table_raises_and_changes_nothing(each: Edition) -> None:
    for current, to in itertools.product([*BIRTH, *S], S):
        if to in each.transitions[current]:
            assert fire(each.transitions, current, to) is to
            continue
        history = History()
        if current is not None:
            history.entries.append(history_entry(current))
        before = list(history.entries)
        with pytest.raises(IllegalTransitionError, match=f"{current} cannot be followed by {to};"):
            history.enter(each.transitions, to, 1, "message")
        assert history.entries == before


def history_entry(status: S) -> object:
    history = History()
    history.enter({None: frozenset({status})}, status, 0, "message")
    return history.entries[0]


def test_the_error_says_what_can_follow() -> None:
    with pytest.raises(IllegalTransitionError) as caught:
        fire(DOCUMENTED.transitions, S.Uploading, S.Training)
    assert str(caught.value) == (
        "Uploading cannot be followed by Training; what can: Completed, Failed, Stopping"
    )
    with pytest.raises(IllegalTransitionError) as caught:
        fire(LIVE.transitions, S.Completed, S.Failed)
    assert str(caught.value) == (
        "Completed cannot be followed by Failed; what can: nothing: it is terminal"
    )


def test_a_job_is_born_in_starting_and_nothing_else_follows_an_end() -> None:
    for each in EDITIONS.values():
        assert each.transitions[None] == {S.Starting}
        assert not any(each.transitions[end] for end in ENDS)


def test_the_page_knows_nothing_of_today_and_only_retired_the_retired() -> None:
    reached = {name: set().union(*each.transitions.values()) for name, each in EDITIONS.items()}
    retired = {S.LaunchingMLInstances, S.PreparingTrainingStack, S.DownloadingTrainingImage}
    assert reached["retired"] >= retired
    assert not (reached["documented"] | reached["live"]) & retired
    assert S.Pending in reached["live"]
    assert S.Pending not in reached["documented"] | reached["retired"]


def test_what_is_called_inferred_is_in_the_table() -> None:
    assert all(isinstance(TRANSITIONS[current].get(to), Edge) for current, to in INFERRED)


def test_primary_statuses_beside_a_stop() -> None:
    for status in S:
        plain = LIVE.primary_status(status, stop_requested=False)
        assert plain is PAIRING[status]
        stopping = LIVE.primary_status(status, stop_requested=True)
        assert stopping is (PrimaryStatus.Stopping if status in LINGERING else PAIRING[status])
        assert DOCUMENTED.primary_status(status, stop_requested=True) is PAIRING[status]


def test_editions_by_name() -> None:
    assert [edition(each) for each in ("documented", "live", "retired")] == [
        DOCUMENTED,
        LIVE,
        RETIRED,
    ]
    assert edition(LIVE) is LIVE
    assert repr(RETIRED) == "<Edition retired>"
    assert In.ALL == In.PAGE | In.LIVE
    with pytest.raises(
        ValueError, match=r"^unknown edition 'new'; there are: documented, live, ret"
    ):
        edition("new")


@pytest.mark.parametrize("each", EDITIONS.values(), ids=EDITIONS)
def test_an_edition_is_one_object_however_it_is_copied(each: Edition) -> None:
    assert pickle.loads(pickle.dumps(each)) is each  # noqa: S301 - our own bytes
    assert copy.deepcopy(each) is each
