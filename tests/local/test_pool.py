"""Every task ends with its answer or its own error, even when it kills its worker."""

import os
import signal

from local.pool import WorkerLost, run_all


def halve(number: int) -> int:
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


def test_answers_and_errors_come_with_their_task():
    outcomes = dict(run_all(halve, [2, 4, 5], workers=2))
    assert (outcomes[2], outcomes[4]) == (1, 2)
    assert str(outcomes[5]) == "5 is odd"


def test_a_task_that_kills_its_worker_harms_no_other():
    outcomes = dict(run_all(halve, [2, 13, 4, 6], workers=2))
    assert isinstance(outcomes.pop(13), WorkerLost)
    assert outcomes == {2: 1, 4: 2, 6: 3}


def test_nothing_to_do_is_no_error():
    assert list(run_all(halve, [], workers=2)) == []
