"""Event Grid and the app: events go to functions that exist, and every function that waits for events gets them.

What becomes of events that cannot be delivered is in policies.protection.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from infra.check.rules import Finding
from infra.check.subject import Found, Infrastructure, said, text_of
from local.host.registry import Function, of_kind

SUBSCRIPTION = "Microsoft.EventGrid/systemTopics/eventSubscriptions"
PLAIN = "Microsoft.EventGrid/eventSubscriptions"
BLOB_CREATED = "Microsoft.Storage.BlobCreated"
JOB_ENDED = "Microsoft.MachineLearningServices.RunCompleted"
WEBHOOK = re.compile(r"/runtime/webhooks/blobs\?functionName=Host\.Functions\.([\w-]+)", re.IGNORECASE)
RESOURCE = re.compile(r"/functions/([\w-]+)$", re.IGNORECASE)
URL = "properties.destination.properties.endpointUrl"
POISON_QUEUE = "webjobs-blobtrigger-poison"
TRIGGERS = {"WebHook": "blobTrigger", "AzureFunction": "eventGridTrigger"}


def event_functions(subject: Infrastructure) -> Iterator[Finding]:
    """Events that go to a function which does not exist are refused, and nobody conditions the file."""
    for found in _subscriptions(subject):
        name, wanted = _function_of(found), TRIGGERS.get(str(_endpoint(found, "endpointType")), "")
        function = subject.functions.get(name)
        if function is None:
            known = ", ".join(each.name for each in of_kind(subject.functions, wanted or "blobTrigger"))
            yield found.finding(
                f"({_last(found)}) sends events to function '{name}', which the app does not have.",
                f"Name one of {known}.",
                URL,
            )
        elif wanted and function.kind != wanted:
            yield found.finding(
                f"({_last(found)}) sends events to '{name}', which is a {function.kind}.",
                f"Name a function with a {wanted}.",
                URL,
            )


def event_subscriptions(subject: Infrastructure) -> Iterator[Finding]:
    """A function that waits for events and has no subscription waits for ever."""
    for environment, graph in subject.graphs.items():
        reached = {_function_of(found) for found in _subscriptions(subject, only=environment)}
        for function in subject.functions.values():
            if function.kind in TRIGGERS.values() and function.name not in reached:
                modules = [resource.place for resource in graph.of_type("Microsoft.EventGrid/systemTopics")]
                yield Finding(
                    place=modules[0] if modules else subject.main,
                    problem=f"no event subscription leads to the function '{function.name}'.",
                    remedy="Add its source to sources in the parameter file, or a subscription of its own.",
                    environment=environment,
                )


def event_filters(subject: Infrastructure) -> Iterator[Finding]:
    """A filter that does not fit the function's path lets its files pass by, or brings those of others."""
    for found in _subscriptions(subject):
        function = subject.functions.get(_function_of(found))
        if function and function.kind == "blobTrigger":
            yield from _blob_filter(found, function)
        elif function:
            yield from _types(found, JOB_ENDED)


def _blob_filter(found: Found, function: Function) -> Iterator[Finding]:
    container, _, folder = str(function.trigger["path"]).partition("/")
    wanted = f"/blobServices/default/containers/{container}/blobs/{folder.partition('{')[0]}"
    path = "properties.filter.subjectBeginsWith"
    if found.get(path) != wanted:
        yield found.finding(
            f"({_last(found)}) lets pass what begins with {said(found.get(path))}.",
            f"{function.name} waits for {wanted}.",
            path,
        )
    yield from _types(found, BLOB_CREATED)


def _types(found: Found, wanted: str) -> Iterator[Finding]:
    path = "properties.filter.includedEventTypes"
    if wanted not in (found.get(path) or ()):
        yield found.finding(
            f"({_last(found)}) does not let {wanted} pass.", f"Name it in {path}.", "properties.filter"
        )


def poison_queue(subject: Infrastructure) -> Iterator[Finding]:
    """A blob that was given up is told of in the account in which it lies, so that is where to listen."""
    blobs = {str(f.trigger["connection"]) for f in of_kind(subject.functions, "blobTrigger")}
    for function in of_kind(subject.functions, "queueTrigger"):
        connection = function.trigger.get("connection")
        if function.trigger.get("queueName") == POISON_QUEUE and connection not in blobs:
            yield Finding(
                place=subject.line_of(Path("functions/conditioning.py"), f'connection="{connection}"'),
                problem=f"{function.name} listens for given-up blobs at {connection}.",
                remedy=f"The blob triggers put them at {', '.join(sorted(blobs))}.",
            )


def _subscriptions(subject: Infrastructure, *, only: str = "") -> Iterator[Found]:
    return subject.each(SUBSCRIPTION, PLAIN, only=only)


def _endpoint(found: Found, name: str) -> object:
    plain = found.get(f"properties.destination.{name}")
    return plain or found.get(f"properties.deliveryWithResourceIdentity.destination.{name}")


def _function_of(found: Found) -> str:
    """Return the name of the function that a subscription sends to."""
    url = text_of(_endpoint(found, "properties.endpointUrl"))
    resource = text_of(_endpoint(found, "properties.resourceId"))
    match = WEBHOOK.search(url) or RESOURCE.search(resource)
    return match[1] if match else url or resource or "(none)"


def _last(found: Found) -> str:
    return found.resource.name.rpartition("/")[2]
