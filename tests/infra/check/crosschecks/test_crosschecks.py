"""Cross-checks on small cases by hand: what the planted faults in the real files do not reach."""

import ast
import json

import pytest

from infra.check.crosschecks.settings import environment_name
from infra.check.kql_tables import COMPONENT, WORKSPACE
from tests.infra.check.building import function, having, infrastructure, resource, said, unknown

SITE = "Microsoft.Web/sites"
QUEUE = "webjobs-blobtrigger-poison"
BLOB = {"type": "blobTrigger", "path": "raw/stores/{name}", "connection": "LakeStorage"}
SUBSCRIPTION = "Microsoft.EventGrid/systemTopics/eventSubscriptions"


class TestPoisonQueue:
    @pytest.mark.parametrize(
        ("connection", "is_told"), [("AzureWebJobsStorage", True), ("LakeStorage", False)]
    )
    def test_it_is_read_where_the_blobs_lie(self, connection, is_told):
        poison = function("poison", type="queueTrigger", queueName=QUEUE, connection=connection)
        subject = having(infrastructure(dev=[]), function("condition_stores", **BLOB), poison)
        assert bool(said("poison-queue", subject)) is is_told


class TestEvents:
    def subscription(self, endpoint, **filters):
        body = {"properties": {"destination": endpoint, "filter": filters}}
        return resource(SUBSCRIPTION, "topic/stores", body)

    def test_a_function_of_another_kind_is_told(self):
        endpoint = {
            "endpointType": "AzureFunction",
            "properties": {"resourceId": "/sites/app/functions/stores"},
        }
        subject = having(infrastructure(dev=[self.subscription(endpoint)]), function("stores", **BLOB))
        (told,) = said("event-functions", subject)
        assert "which is a blobTrigger" in told

    def test_events_of_the_wrong_kind_are_told(self):
        url = "https://app/runtime/webhooks/blobs?functionName=Host.Functions.stores&code={key}"
        endpoint = {"endpointType": "WebHook", "properties": {"endpointUrl": unknown(url, secure=True).value}}
        prefix = "/blobServices/default/containers/raw/blobs/stores/"
        deleted = self.subscription(
            endpoint, subjectBeginsWith=prefix, includedEventTypes=["Microsoft.Storage.BlobDeleted"]
        )
        subject = having(infrastructure(dev=[deleted]), function("stores", **BLOB))
        (told,) = said("event-filters", subject)
        assert "Microsoft.Storage.BlobCreated" in told

    def test_without_topics_the_template_is_named(self):
        subject = having(infrastructure(dev=[]), function("stores", **BLOB))
        (told,) = said("event-subscriptions", subject)
        assert "'stores'" in told


class TestSettings:
    def site(self, **values):
        pairs = [{"name": name, "value": value} for name, value in values.items()]
        return resource(SITE, "app", {"properties": {"siteConfig": {"appSettings": pairs}}})

    def test_a_key_in_a_connection_string_is_told_with_its_reason(self):
        found = said("unread-settings", infrastructure(dev=[self.site(LakeStorage="AccountKey=x")]))
        assert any("LakeStorage, which is a connection string" in told for told in found)

    def test_the_storage_of_the_host_can_be_named_by_address_or_by_name(self):
        by_name = said(
            "unset-settings", infrastructure(dev=[self.site(AzureWebJobsStorage__accountName="st")])
        )
        by_address = said("unset-settings", infrastructure(dev=[self.site()]))
        assert not any("AzureWebJobsStorage__tableServiceUri" in told for told in by_name)
        assert any("AzureWebJobsStorage__tableServiceUri" in told for told in by_address)

    @pytest.mark.parametrize(
        ("name", "value", "problem"),
        [
            ("SHELFCAST_ENVIRONMENT", "dev", "SHELFCAST_ENVIRONMENT is 'dev' in prod"),
            ("SHELFCAST_PROFILE", "config/none.yml", "names no file of the package"),
            ("SHELFCAST_LEDGER_URL", "sqlite:///ledger.db", "is not of the form mssql+mssqlpython"),
            ("SHELFCAST_LEDGER_URL", "mssql+mssqlpython://u:secret@s/d", "password"),
            ("SHELFCAST_LEDGER_URL", "mssql+mssqlpython://server", "server/database"),
            ("SHELFCAST_STALE_SCHEDULE", "daily", "fields"),
            ("LakeStorage__credential", "key", "has to be 'managedidentity'"),
            ("SHELFCAST_QUIET_SECONDS", "-1", "SHELFCAST_QUIET_SECONDS"),
        ],
    )
    def test_a_value_that_the_app_would_refuse_is_told(self, name, value, problem):
        found = said("setting-values", infrastructure(prod=[self.site(**{name: value})]))
        assert any(problem in told for told in found), found

    @pytest.mark.parametrize(
        ("code", "name"),
        [
            ("os.environ['A_NAME']", "A_NAME"),
            ("os.environ.get('A_NAME', '')", "A_NAME"),
            ("os.getenv('A_NAME')", "A_NAME"),
            ("other.get('A_NAME')", ""),
            ("os.environ[name]", ""),
        ],
    )
    def test_what_code_takes_from_the_environment_is_seen(self, code, name):
        assert environment_name(ast.parse(code, mode="eval").body) == name

    def test_what_code_puts_there_is_not_read(self):
        (statement,) = ast.parse("os.environ['A_NAME'] = 'x'").body
        assert environment_name(statement.targets[0]) == ""


class TestLedger:
    @pytest.mark.parametrize(
        ("sql", "problem"),
        [
            ("SELECT * FROM dbo.run_list", "no table 'run_list'"),
            ("SELECT c.colour FROM runs r JOIN cells AS c ON c.run = r.run", "cells has no column 'colour'"),
            ("SELECT runs.state FROM runs WHERE 1 = 1", "runs has no column 'state'"),
        ],
    )
    def test_names_that_are_not_there_are_told_with_their_line(self, tmp_path, sql, problem):
        folder = tmp_path / "infra"
        folder.mkdir()
        (folder / "report.sql").write_text(f"-- a.b FROM nowhere\n/* FROM\nnothing */\n{sql}")
        (told,) = said("ledger-names", infrastructure(root=tmp_path, dev=[]))
        assert problem in told

    def test_texts_and_the_servers_own_tables_are_left_alone(self, tmp_path):
        folder = tmp_path / "infra"
        folder.mkdir()
        (folder / "grant.sql").write_text(
            "SELECT p.name FROM sys.database_principals p WHERE p.name = N'FROM x'"
        )
        assert said("ledger-names", infrastructure(root=tmp_path, dev=[])) == []


class TestQueries:
    def alert(self, query, target="Microsoft.Insights/components/appi"):
        conditions = [{"query": query, "timeAggregation": "Count"}]
        body = {"properties": {"scopes": [f"/x/{target}"], "criteria": {"allOf": conditions}}}
        return resource("Microsoft.Insights/scheduledQueryRules", "alert", body)

    def test_a_query_is_held_against_what_it_asks(self, tmp_path):
        logs = "Microsoft.OperationalInsights/workspaces/log"
        asked = [self.alert("customMetrics | take 1"), self.alert("customMetrics | take 1", target=logs)]
        (told,) = said("kql", infrastructure(root=tmp_path, dev=asked))
        assert "customMetrics" in told
        assert "WORKSPACE" in told

    def test_a_workbook_is_searched(self, tmp_path):
        item = {
            "type": 3,
            "content": {"query": "customMetrics | where name == 'shelfcast.nothing'", "queryType": 0},
        }
        book = resource(
            "Microsoft.Insights/workbooks",
            "w",
            {"properties": {"serializedData": json.dumps({"items": [item]})}},
        )
        (told,) = said("telemetry-metrics", infrastructure(root=tmp_path, dev=[book]))
        assert "shelfcast.nothing" in told

    def test_a_metric_alert_is_searched(self, tmp_path):
        conditions = [{"metricName": "shelfcast.nothing", "metricNamespace": "azure.applicationinsights"}]
        alert = resource(
            "Microsoft.Insights/metricAlerts", "a", {"properties": {"criteria": {"allOf": conditions}}}
        )
        (told,) = said("telemetry-metrics", infrastructure(root=tmp_path, dev=[alert]))
        assert "shelfcast.nothing" in told

    def test_every_table_is_known_by_one_place(self):
        assert not COMPONENT.keys() & WORKSPACE.keys()


class TestDataFactory:
    def test_a_web_activity_on_the_app_is_held_against_its_routes(self, tmp_path):
        url = "@concat(pipeline().globalParameters.function_app_url, '/api/walks')"
        activity = {
            "name": "Go",
            "type": "WebActivity",
            "typeProperties": {"method": "POST", "url": {"value": url}},
        }
        folder = tmp_path / "infra/adf/pipelines"
        folder.mkdir(parents=True)
        (folder / "go.json").write_text(json.dumps({"name": "go", "properties": {"activities": [activity]}}))
        (told,) = said("adf-routes", infrastructure(root=tmp_path, dev=[]))
        assert "POST walks" in told

    @pytest.mark.parametrize(
        ("pipeline", "given", "problem"),
        [
            ("nobody", {}, "pipeline 'nobody' does not exist"),
            ("run", {}, "missing parameters: week"),
            ("run", {"week": 1, "colour": 2}, "unknown parameters: colour"),
        ],
    )
    def test_a_pipeline_is_started_as_it_is_declared(self, tmp_path, pipeline, given, problem):
        for kind, name, properties in (
            ("pipelines", "run", {"activities": [], "parameters": {"week": {"type": "string"}}}),
            (
                "triggers",
                "often",
                {"pipelines": [{"pipelineReference": {"referenceName": pipeline}, "parameters": given}]},
            ),
        ):
            folder = tmp_path / "infra/adf" / kind
            folder.mkdir(parents=True)
            (folder / f"{name}.json").write_text(json.dumps({"name": name, "properties": properties}))
        (told,) = said("adf-pipelines", infrastructure(root=tmp_path, dev=[]))
        assert problem in told
