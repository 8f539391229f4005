import pytest

from pellucid.agent.recipes import RECIPES, recipe
from pellucid.agent.training import TrainingConfig
from pellucid.config import from_json, to_json
from pellucid.errors import ConfigError
from pellucid.worlds.environments.manifests import load_manifest, names


@pytest.mark.parametrize("name", RECIPES)
def test_settings_are_never_chosen_on_what_is_measured(name):
    chosen = recipe(name)
    assert chosen.name == name
    assert {chosen.tasks, chosen.validation} <= set(names())
    final, watched = load_manifest(chosen.tasks), load_manifest(chosen.validation)
    assert not {(t.start, t.goal) for t in final.tasks} & {(t.start, t.goal) for t in watched.tasks}


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_json(name):
    training = recipe(name).training
    assert from_json(TrainingConfig, to_json(training)) == training


@pytest.mark.parametrize(("name", "minutes"), [("demo", 5), ("two-room", 15), ("random-walls", 15)])
def test_training_ends_within_the_promised_minutes(name, minutes):
    schedule = recipe(name).training.schedule
    assert schedule.minutes is not None
    assert schedule.minutes <= minutes


def test_rooms_of_the_measure_are_not_among_those_that_were_recorded():
    chosen = recipe("random-walls")
    assert chosen.record.environment_kwargs == {"layout": "train"}
    final, watched = load_manifest(chosen.tasks), load_manifest(chosen.validation)
    assert not set(final.layouts) & set(watched.layouts)


def test_a_mistyped_name_is_told_its_neighbour():
    with pytest.raises(ConfigError, match="did you mean 'random-walls'"):
        recipe("random-wals")
