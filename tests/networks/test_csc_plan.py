from __future__ import annotations

import pytest

from pellucid.errors import ConfigError
from pellucid.networks.csc import SparseClassifier
from pellucid.networks.csc_plan import PLANS, CscPlan, LayerPlan, make_plan


@pytest.mark.parametrize("name", PLANS)
def test_the_presets_fit_pictures_of_cifar(name: str) -> None:
    network = SparseClassifier(plan=name)
    assert network.layers[-1].shape[1] >= (3 if name == "compact" else 4)
    total = sum(parameter.numel() for parameter in network.parameters())
    low, high = {
        "tiny": (5e3, 2e4),
        "compact": (2e5, 3e5),
        "small": (3e5, 2e6),
        "large": (8e6, 1.2e7),
    }[name]
    assert low < total < high


def test_changes_are_made_in_every_layer_and_nowhere_else() -> None:
    plan = CscPlan((LayerPlan(4), LayerPlan(6, kernel=5, price=0.2)), patch=3)
    assert plan.priced(0.3).layers == (LayerPlan(4, price=0.3), LayerPlan(6, kernel=5, price=0.3))
    assert plan.iterated(1).layers[1] == LayerPlan(6, kernel=5, price=0.2, iterations=1)
    assert plan.priced(0.3).patch == 3


def test_a_plan_is_known_by_name_or_is_itself() -> None:
    plan = CscPlan((LayerPlan(4),))
    assert make_plan(plan) is plan
    assert make_plan("small") is PLANS["small"]
    with pytest.raises(ConfigError, match="did you mean 'small'"):
        make_plan("smal")
