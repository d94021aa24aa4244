"""The estimate against figures worked out by hand."""

from dataclasses import replace

import pytest

from infra.cost.estimate import Tables, estimate, per_run
from infra.cost.sizes import Sizes
from shared.errors import ShelfcastError

SIZES = Sizes(
    environment="prod",
    memory_gb=2.0,
    always_ready=0,
    cpu="small",
    gpu="gpu",
    lake="LRS",
    sql="GP",
    sql_cores=2.0,
    registry="Basic",
    private_endpoints=0,
    private_zones=0,
    nat_gateways=0,
    log_alerts=3,
    metric_alerts=0,
)
USAGE = {
    "runs_per_month": {"dev": 1, "prod": 4},
    "share_of_cells": 1,
    "cells_per_market": 2,
    "training_minutes": 50,
    "scoring_minutes": 8,
    "node_start_minutes": 4,
    "jobs_per_node": 4,
    "gpu_share": 0,
    "executions_per_cell": 100,
    "seconds_per_execution": 0.5,
    "executions_per_month": 0,
    "lake_gb_per_market": 10,
    "lake_writes_per_cell": 0,
    "lake_reads_per_cell": 0,
    "sql_gb": 0,
    "sql_hours_in_use": 730,
    "log_gb_per_cell": 0,
    "log_gb_per_month": 0,
    "factory_activities_per_run": 0,
    "events_per_market": 0,
    "vault_operations": 0,
}
COMPUTE = (
    "functions_on_demand",
    "functions_execution",
    "functions_always_ready",
    "sql_GP",
    "vm_small",
    "vm_gpu",
)
DATA = ("storage_write", "storage_read", "storage_LRS", "sql_storage", "registry_Basic", "logs")
OTHER = (
    "log_alert",
    "metric_alert",
    "factory_activity",
    "event_grid",
    "vault",
    "private_endpoint",
    "private_zone",
)


def priced(**prices: float) -> Tables:
    return Tables(prices=dict.fromkeys((*COMPUTE, *DATA, *OTHER), 0.0) | prices, usage=USAGE)


def total(tables: Tables, sizes: Sizes = SIZES, markets: int = 5) -> float:
    return sum(line.cost for line in estimate(sizes, tables, markets=markets))


def test_a_node_is_paid_by_the_hour_for_each_cell_and_run():
    # 5 markets x 2 cells x 4 runs = 40 trainings of 51 minutes and 40 scorings of 9, at 3 dollars an hour.
    assert total(priced(vm_small=3.0)) == pytest.approx(40 * (51 + 9) / 60 * 3.0)


def test_a_run_costs_what_its_meters_do_and_nothing_that_stands():
    tables = priced(vm_small=3.0, log_alert=100.0)
    lines = estimate(SIZES, tables, markets=5)
    assert per_run(lines, tables, "prod") == pytest.approx(40 * 60 / 60 * 3.0 / 4)


def test_executions_are_paid_by_memory_and_time():
    # 40 cells x 100 executions x half a second x 2 GB
    assert total(priced(functions_on_demand=1.0)) == pytest.approx(40 * 100 * 0.5 * 2)


def test_an_instance_that_waits_is_paid_all_month():
    ready = replace(SIZES, always_ready=1)
    assert total(priced(functions_always_ready=1.0), ready) == pytest.approx(2 * 730 * 3600)


def test_training_on_graphics_cards_is_paid_there():
    tables = priced(vm_small=3.0, vm_gpu=7.0)
    half = Tables(prices=tables.prices, usage=USAGE | {"gpu_share": 0.5})
    assert total(half) == pytest.approx(40 * (51 / 2 + 9) / 60 * 3 + 40 * 51 / 2 / 60 * 7)


def test_ten_times_the_markets_cost_less_than_ten_times_as_much():
    tables = Tables.read()
    sizes = replace(SIZES, cpu="Standard_DS4_v2", lake="Standard_GZRS", sql="GP_Gen5", registry="Premium")
    assert total(tables, sizes, 14) < total(tables, sizes, 140) < 10 * total(tables, sizes, 14)


def test_a_size_without_a_price_is_named():
    with pytest.raises(ShelfcastError, match="vm_enormous"):
        estimate(replace(SIZES, cpu="enormous"), priced(), markets=1)
