import numpy as np

from training.models.scaling import CLIP, Scaler

TRAINING = np.array([[1.0, 5.0, np.nan], [3.0, 5.0, 2.0], [5.0, 5.0, 4.0]], dtype=np.float32)


def test_training_rows_get_mean_zero_and_spread_one() -> None:
    scaled = Scaler.fit(TRAINING).transform(TRAINING)
    np.testing.assert_allclose(scaled[:, 0].mean(), 0.0, atol=1e-6)
    np.testing.assert_allclose(scaled[:, 0].std(), 1.0, rtol=1e-6)


def test_an_unknown_value_becomes_the_mean_and_a_constant_feature_zero() -> None:
    scaled = Scaler.fit(TRAINING).transform(TRAINING)
    assert scaled[0, 2] == 0.0
    assert scaled[:, 1].tolist() == [0.0, 0.0, 0.0]


def test_later_rows_are_scaled_by_the_training_rows_and_cut_off() -> None:
    later = np.array([[3.0, 9.0, 1000.0]], dtype=np.float32)
    assert Scaler.fit(TRAINING).transform(later).tolist() == [[0.0, 0.0, CLIP]]


def test_a_feature_that_was_never_known_is_zero() -> None:
    X = np.full((3, 1), np.nan, dtype=np.float32)
    assert Scaler.fit(X).transform(np.array([[7.0]], dtype=np.float32)).tolist() == [[0.0]]
