"""Orchestrators are found among an app's functions, by the name that callers use."""

import azure.durable_functions as df

from local.durable import orchestrators_of


def test_only_orchestrators_are_found_by_their_names():
    blueprint = df.Blueprint()

    @blueprint.orchestration_trigger(context_name="context")
    def plain(context):
        return 1

    @blueprint.function_name("renamed")
    @blueprint.orchestration_trigger(context_name="context")
    def inner(context):
        return 2

    @blueprint.activity_trigger(input_name="message")
    def work(message: dict) -> dict:
        return message

    app = df.DFApp()
    app.register_functions(blueprint)
    assert set(orchestrators_of(app.get_functions())) == {"plain", "renamed"}
