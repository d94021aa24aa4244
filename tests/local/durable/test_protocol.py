"""What the hub relies on in azure-functions-durable: the shapes of its actions, its numbers, and its traps."""

import json
from datetime import timedelta

import azure.durable_functions as df
import pytest
from azure.durable_functions.models.actions.ActionType import ActionType
from azure.durable_functions.models.history.HistoryEventType import HistoryEventType

from local.durable.clock import VirtualClock, to_text
from local.durable.decisions import Action
from local.durable.episode import FAILURE_LABEL, Execution, context
from local.durable.history import History, Kind, event
from tests.local.durable.conftest import handles

NOW = VirtualClock().now()
LATER = NOW + timedelta(hours=1)
ONCE_MORE = df.RetryOptions(first_retry_interval_in_milliseconds=5000, max_number_of_attempts=2)
MINE = Execution(instance="mine", number=1, name="mine", input='{"n": 1}', parent=None)


def at(moment, *events):
    return [{**one, "Timestamp": to_text(moment)} for one in events]


def ask(orchestrator, *later):
    """Return the state JSON of an orchestrator that has started, after further events."""
    begun = event(Kind.EXECUTION_STARTED, Name="mine", Version="", Input=MINE.input)
    events = at(NOW, event(Kind.ORCHESTRATOR_STARTED), begun, *later)
    (handle,) = handles(orchestrator).values()
    return json.loads(handle(context(MINE, History(), events)))


def asked(orchestrator, *later):
    (actions,) = ask(orchestrator, *later)["actions"]
    return actions


def completed(task, result):
    return event(Kind.TASK_COMPLETED, TaskScheduledId=task, Result=json.dumps(result))


def test_events_have_the_librarys_numbers():
    theirs = {
        kind.name.replace("INSTANCE_", ""): kind.value for kind in HistoryEventType if "INSTANCE" in kind.name
    }
    theirs |= {kind.name: kind.value for kind in HistoryEventType}
    assert {kind.name: kind.value for kind in Kind}.items() <= theirs.items()


def test_actions_have_the_librarys_numbers():
    assert {a.name: a.value for a in Action}.items() <= {a.name: a.value for a in ActionType}.items()


def test_a_call_carries_its_input_as_json_text():
    def calls(context):
        yield context.call_activity("work", {"week": "2019-08-05"})

    assert asked(calls) == [{"actionType": 0, "functionName": "work", "input": '{"week": "2019-08-05"}'}]


def test_a_retry_is_wrapped_and_has_interval_and_count_only():
    def calls(context):
        yield context.call_activity_with_retry("work", ONCE_MORE, 1)

    options = {"firstRetryIntervalInMilliseconds": 5000, "maxNumberOfAttempts": 2}
    call = {"actionType": 1, "functionName": "work", "input": "1", "retryOptions": options}
    assert asked(calls) == [{"actionType": Action.WHEN_ALL, "compoundActions": [call]}]


def test_a_sub_orchestration_names_its_instance():
    def calls(context):
        yield context.call_sub_orchestrator("other", None, "its-id")

    (call,) = asked(calls)
    assert (call["actionType"], call["instanceId"], call["input"]) == (2, "its-id", "null")


def test_a_timer_carries_its_moment_and_whether_it_was_called_off():
    def waits(context):
        timer = context.create_timer(LATER)
        yield context.task_any([timer, context.call_activity("work")])
        timer.cancel()
        yield context.call_activity("more")

    (either,) = asked(waits)
    timer = {"actionType": Action.CREATE_TIMER, "fireAt": "2019-09-02T01:00:00.000000Z", "isCanceled": False}
    assert either["actionType"] == Action.WHEN_ANY
    assert either["compoundActions"][0] == timer
    assert asked(waits, completed(1, "x"))[0]["compoundActions"][0]["isCanceled"] is True


def test_a_wait_has_a_name_and_no_number():
    def waits(context):
        event = context.wait_for_external_event("go")
        yield context.task_any([event, context.call_activity("first")])
        yield context.call_activity("second")

    (either,) = asked(waits)
    assert either["compoundActions"][0]["externalEventName"] == "go"
    assert len(asked(waits, completed(0, "x"))) == 2


def test_a_task_yielded_again_is_not_asked_for_again():
    def waits(context):
        event = context.wait_for_external_event("go")
        for _ in range(2):
            yield context.task_any([event, context.call_activity("poll")])

    _, second = asked(waits, completed(0, "x"))
    assert [action["actionType"] for action in second["compoundActions"]] == [Action.CALL_ACTIVITY]


def test_actions_are_all_those_since_the_beginning():
    def works(context):
        for n in range(3):
            yield context.call_activity("work", n)

    assert [action["input"] for action in asked(works, completed(0, "x"))] == ["0", "1"]


def test_the_end_is_marked_and_its_output_is_plain_json():
    def works(context):
        return {"n": context.get_input()["n"]}
        yield

    assert ask(works) == {"isDone": True, "schemaVersion": 2, "actions": [[]], "output": {"n": 1}}


def test_continue_as_new_is_the_last_action_and_marks_the_end():
    def again(context):
        context.continue_as_new({"n": 2})
        yield context.call_activity("never")

    state = ask(again)
    assert state["isDone"] is True
    assert state["actions"] == [[{"actionType": Action.CONTINUE_AS_NEW, "input": '{"n": 2}'}]]


def test_a_failure_is_raised_with_its_state_behind_a_label():
    def breaks(context):
        yield context.call_activity("work")
        raise ValueError("no\nluck")

    with pytest.raises(Exception, match=r"^no\nluck") as raised:
        ask(breaks, completed(0, "x"))
    text, _, state = str(raised.value).rpartition(FAILURE_LABEL)
    assert text == "no\nluck"
    assert json.loads(state)["error"] == text
    assert [action["functionName"] for action in json.loads(state)["actions"][0]] == ["work"]


@pytest.mark.parametrize(("status", "shown"), [({"step": 1}, True), ({}, False), (0, False)])
def test_a_custom_status_that_is_falsy_is_dropped(status, shown):
    def shows(context):
        context.set_custom_status(status)
        yield context.call_activity("work")

    assert ("customStatus" in ask(shows)) is shown


@pytest.mark.filterwarnings("ignore:Potential duplicate Task completion")
def test_an_early_event_answers_every_later_wait_of_its_name():
    """A trap of the library, here as in Azure: only continue_as_new, or another name, ends the repetition."""

    def waits(context):
        yield context.call_activity("prepare")
        first = yield context.wait_for_external_event("go")
        second = yield context.wait_for_external_event("go")
        return [first, second]

    early = event(Kind.EVENT_RAISED, Name="go", Input='"once"')
    assert ask(waits, early, completed(0, "x"))["output"] == ["once", "once"]


def test_an_event_goes_to_the_wait_that_began_last():
    """So a wait that lost a race must be used again: a new one beside it would leave the old one open."""

    def waits(context):
        old = context.wait_for_external_event("go")
        yield context.task_any([old, context.call_activity("first")])
        new = context.wait_for_external_event("go")
        winner = yield context.task_any([old, new])
        return winner == new

    raised = event(Kind.EVENT_RAISED, Name="go", Input="null")
    assert ask(waits, completed(0, "x"), raised)["output"] is True


def test_a_failed_attempt_takes_a_number_for_its_pause():
    def mixed(context):
        tried = context.call_activity_with_retry("try", ONCE_MORE)
        yield context.task_any([tried, context.call_activity("other")])
        return (yield context.call_activity("after"))

    failed = event(Kind.TASK_FAILED, TaskScheduledId=0, Reason="no", Details="")
    assert ask(mixed, failed, completed(1, "x"), completed(3, "three"))["output"] == "three"
