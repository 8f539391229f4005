import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits

from pellucid.experiments import Settings
from pellucid.experiments.once import record
from pellucid.experiments.strokes import (
    LAYERS,
    Between,
    Found,
    Layer,
    _counts,
    _job,
    _layers,
    _rows,
    _told_by_a_unit,
    find,
    stack,
)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    job = _job(0, Settings(quick=True, output=tmp_path_factory.mktemp("strokes")))
    return job, find(job)


def test_three_layers_are_found_tested_and_drawn(found):
    job, told = found
    assert [told.layers[name].field for name in LAYERS] == [3, 5, 7]
    assert told.layers["strokes"].judged == 100
    assert told.layers["strokes"].by_chance == 0
    assert told.layers["strokes"].accuracy > 0.9
    assert 0.2 < told.told <= 1
    assert told.clusters > 0.7
    assert (job.output / "figures" / "units.png").stat().st_size > 10_000
    assert all(0 < x < 1 for x in (told.between.way, told.between.fade, told.between.real))
    other = Found({}, 0.1, 0.2, 0.3, Between(0.1, 0.2, 0.3), 0.4)
    record(job.output / job.name, other)
    assert find(job) == other


def test_the_fields_of_the_full_stack_grow_to_a_digit():
    job = _job(0, Settings())
    assert job.transform.get_params()["random_state"] == stack(0).random_state
    assert [layer.n_atoms for layer in _layers_unfitted(job.transform)] == [1024, 1024, 512]


def _layers_unfitted(top):
    return [*(_layers_unfitted(top.below) if top.below is not None else []), top]


def test_a_unit_tells_the_digit_in_which_it_was_active_most(found):
    job, _ = found
    digits = load_digits()
    top = clone(job.transform).fit(digits.data[:500].astype(np.float32) / 255)
    assert len(_layers(top)) == 3
    pictures = digits.images[500:520].astype(np.uint8)
    labels = digits.target[500:520]
    counts = _counts(top, pictures, labels)
    codes = top.codes(pictures.reshape(20, -1).astype(np.float32) / 255)
    for unit in range(len(counts)):
        for digit in range(10):
            assert counts[unit, digit] == codes[labels == digit, unit].sum()

    class Same:
        train_images, train_labels, test_images, test_labels = (pictures, labels) * 2

    assert _told_by_a_unit(top, Same) == pytest.approx(counts.max(1).sum() / counts.sum())


def test_only_the_units_of_the_second_layer_are_held_to_the_bar(tmp_path):
    job = _job(0, Settings(quick=True, output=tmp_path))
    layer = Layer(100, 90, 0.85, 0.01, 0.9, 0.97, 15)
    found = Found(dict.fromkeys(LAYERS, layer), 0.98, 0.9, 0.85, Between(0.3, 0.4, 0.2), 5.0)
    rows = _rows(job, [found] * 2)
    judged = [row for row in rows if row.bar is not None]
    assert [row.quantity for row in judged] == ["layer 2 (parts): units that stand for one shape"]
    assert judged[0].holds
    assert judged[0].null.value.value == 1.0
    assert "90 of 100 units judged" in judged[0].note
