from dataclasses import replace

import numpy as np
import pytest

from shared.profile.forecasting import Forecasting
from tests.training.company import make_profile
from training.panel import Panel
from training.velocity import FAST, SLOW, VelocitySplit, speeds, split_by_velocity


@pytest.fixture
def settings() -> Forecasting:
    return make_profile(velocity={"fast_share": 0.4, "hysteresis": 0.2, "window_weeks": 10}).forecasting


def with_speeds(panel: Panel, by_product: list[float]) -> Panel:
    units = np.repeat(np.array(by_product, dtype=np.float32)[panel.product, None], len(panel.weeks), axis=1)
    return replace(panel, units=units)


def test_speed_is_units_per_store_and_week_over_the_window(panel: Panel) -> None:
    paced = with_speeds(panel, [5, 4, 3, 2, 1])
    paced.units[:, :50] = 1000
    assert speeds(paced, cutoff=70, window=10).tolist() == [5, 4, 3, 2, 1]


def test_the_given_share_of_products_is_fast(panel: Panel, settings: Forecasting) -> None:
    split = split_by_velocity(with_speeds(panel, [5, 1, 3, 2, 4]), settings)
    assert [p for p, slot in split.slots.items() if slot == FAST] == ["P00", "P04"]


def test_every_series_is_in_one_slot(panel: Panel, settings: Forecasting) -> None:
    split = split_by_velocity(panel, settings)
    assert (split.mask(panel, SLOW) ^ split.mask(panel, FAST)).all()


def test_a_product_near_the_border_stays_where_it_was(panel: Panel, settings: Forecasting) -> None:
    first = split_by_velocity(with_speeds(panel, [50, 1, 10.4, 2, 40]), settings)
    assert (first.slots["P02"], first.slots["P04"]) == (SLOW, FAST)
    slipping = with_speeds(panel, [50, 1, 10.4, 2, 10.0])
    assert split_by_velocity(slipping, settings).slots["P04"] == SLOW
    assert split_by_velocity(slipping, settings, previous=first).slots["P04"] == FAST


def test_a_product_far_beyond_the_border_moves(panel: Panel, settings: Forecasting) -> None:
    first = split_by_velocity(with_speeds(panel, [50, 1, 10, 2, 40]), settings)
    fallen = with_speeds(panel, [50, 1, 10, 2, 0.1])
    assert split_by_velocity(fallen, settings, previous=first).slots["P04"] == SLOW


def test_the_same_data_give_the_same_split_with_and_without_a_previous_one(
    panel: Panel, settings: Forecasting
) -> None:
    first = split_by_velocity(panel, settings)
    assert split_by_velocity(panel, settings, previous=first) == first


def test_later_weeks_do_not_count(panel: Panel, settings: Forecasting) -> None:
    wild = replace(
        panel, units=np.where(np.arange(len(panel.weeks)) > 80, panel.units[::-1] * 9, panel.units)
    )
    assert split_by_velocity(panel, settings, cutoff=80) == split_by_velocity(wild, settings, cutoff=80)


def test_without_a_split_all_products_that_sell_are_fast(panel: Panel) -> None:
    split = split_by_velocity(panel, make_profile(velocity={"enabled": False}).forecasting)
    assert set(split.slots.values()) == {FAST}


def test_it_survives_json(panel: Panel, settings: Forecasting) -> None:
    split = split_by_velocity(panel, settings)
    assert VelocitySplit(**split.to_json()) == split  # type: ignore[arg-type]


def test_an_unknown_product_is_slow_where_there_is_a_split(panel: Panel) -> None:
    split = VelocitySplit(border=1.0, slots={"P00": FAST, "P01": SLOW})
    assert set(panel.series["product_id"][split.mask(panel, FAST)]) == {"P00"}
    assert VelocitySplit(border=0.0, slots={"P00": FAST}).mask(panel, FAST).all()
