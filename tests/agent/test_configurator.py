import pytest

from pellucid.agent import Configuration, Configurator, CostWeights, PlanningConfig
from pellucid.errors import ConfigError
from pellucid.planning import CEM, ICEM, MPPI, GradientPlanner


def test_a_task_changes_what_it_names_and_nothing_else():
    default = Configuration(mode="react", cost=CostWeights(effort=0.5))
    configurator = Configurator(default)
    assert configurator.configure() == default
    planning = PlanningConfig(horizon=7)
    changed = configurator.configure(mode="plan", planning=planning)
    assert changed == Configuration(mode="plan", cost=default.cost, planning=planning)
    assert configurator.default == default


def test_an_agent_plans_unless_it_is_told_otherwise():
    assert Configurator().configure().mode == "plan"


@pytest.mark.parametrize(
    ("name", "kind"), [("cem", CEM), ("icem", ICEM), ("mppi", MPPI), ("gradient", GradientPlanner)]
)
def test_the_planner_has_the_budget_that_was_set(name, kind):
    planner = PlanningConfig(planner=name, samples=64, iterations=3, hold=2).make()
    assert type(planner) is kind
    assert planner.hold == 2
    if isinstance(planner, GradientPlanner):
        assert (planner.restarts, planner.iterations) == (4, 30)
    else:
        assert (planner.samples, planner.iterations) == (64, 3)


@pytest.mark.parametrize(("samples", "elites"), [(8, 4), (40, 4), (128, 12)])
def test_a_tenth_of_the_samples_are_elites_but_four_at_least(samples, elites):
    assert PlanningConfig(planner="cem", samples=samples).make().elites == elites


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"horizon": 0}, "horizon=0 must be at least 1"),
        ({"horizon": 4, "execute": 5}, "execute=5 actions of a plan of horizon=4"),
        ({"samples": 7}, "samples=7: a search needs 8"),
    ],
)
def test_a_budget_that_cannot_be_is_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        PlanningConfig(**values)


def test_costs_must_count_something_and_nothing_negatively():
    with pytest.raises(ConfigError, match="neither the goal nor the critic"):
        CostWeights(goal=0.0)
    with pytest.raises(ConfigError, match="weight effort=-1"):
        CostWeights(effort=-1.0)
