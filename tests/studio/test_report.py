"""A whole report, of a tiny agent that has learned nothing: it must say so, and say it well."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from test_page import Structure

from pellucid.agent import (
    Agent,
    ArenaTasks,
    Evaluation,
    PlanningConfig,
    ReplayTasks,
    evaluate,
    goal_distance,
    random_floor,
)
from pellucid.agent.evaluation import EpisodeResult
from pellucid.data import Experience, record
from pellucid.learning import RunFolder
from pellucid.learning.metrics import Metrics
from pellucid.networks.encoders import EncoderConfig
from pellucid.studio import ReportContents, SummaryRow, collect, write_report
from pellucid.studio.contents import command_line
from pellucid.studio.figures import style
from pellucid.studio.report import headline
from pellucid.worlds.environments.manifests import load_manifest
from pellucid.worlds.environments.render import draw_bodies
from pellucid.worlds.jepa import JEPA, JEPAConfig

PLANNING = PlanningConfig(horizon=10, execute=5, hold=2, samples=8, iterations=2)


@pytest.fixture(scope="module")
def experience(tmp_path_factory: pytest.TempPathFactory) -> Experience:
    return record(
        "pellucid/TwoRoom-v0",
        tmp_path_factory.mktemp("data") / "rooms",
        episodes=10,
        steps=20,
        stop_when_done=False,
    )


def tiny(experience: Experience, kind: str = "sparse") -> Agent:
    config = JEPAConfig(dimension=4, hidden=8, encoder=EncoderConfig(kind=kind, width=4))
    spec = experience.spec
    torch.manual_seed(0)
    world = JEPA(config, observation_shape=spec.observation_shape, action_space=spec.action_space)
    return Agent(world)


def folder(root: Path, *, curves: bool = True) -> RunFolder:
    run = RunFolder.begin(
        root, "a<b>", PLANNING, command=["/usr/bin/pellucid", "train", "--name", "two words"]
    )
    for step in (20, 40) if curves else ():
        row = {"loss": 1.0 / step, "sigreg": 0.5 / step, "frames_per_second": 100.0}
        Metrics(run.metrics).append(step, {**row, "effective_rank": 3.0, "probe_r2": 0.5})
    return run


@pytest.fixture(scope="module")
def made(
    experience: Experience, tmp_path_factory: pytest.TempPathFactory
) -> tuple[RunFolder, ReportContents, tuple[Evaluation, ...], Structure]:
    """One report that all tests look at, drawn coarsely."""
    agent = tiny(experience)
    tasks = ArenaTasks(load_manifest("two-room").first(3), budget=10)
    evaluations = (evaluate(agent, tasks, planning=PLANNING), random_floor(tasks))
    run = folder(tmp_path_factory.mktemp("runs"))
    contents = collect(agent, experience, tasks, evaluations, run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(style.STYLE, "savefig.dpi", 40)
        path = write_report(run, contents)
    assert path == run.report
    return run, contents, evaluations, Structure(path.read_text(encoding="utf-8"))


def test_the_page_needs_nothing_but_itself(made: Any) -> None:
    text, structure = made[0].report.read_text(encoding="utf-8"), made[3]
    outside = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "", text)
    assert "http" not in outside
    assert not {"script", "link", "iframe"} & {tag for tag, _ in structure.tags}
    assert all(str(image["src"]).startswith("data:image/png") for image in structure.all("img"))
    assert "url(" not in outside
    assert "@import" not in outside
    assert len(text) < 3_000_000


def test_every_figure_is_a_file_and_in_the_page(made: Any) -> None:
    run, _, _, structure = made
    files = {path.read_bytes() for path in run.figures.glob("*.png")}
    shown = [base64.b64decode(str(i["src"]).split(",")[1]) for i in structure.all("img")]
    assert set(shown) == files
    names = {path.stem for path in run.figures.glob("*.png")}
    assert names >= {
        *("paths", "imagination", "drift", "landscape", "decision"),
        *("curves", "collapse", "dictionary", "sparse-code"),
    }
    assert all(image["alt"] for image in structure.all("img")), "words for those who do not see"


def test_the_table_says_what_was_measured(made: Any) -> None:
    _, _, evaluations, structure = made
    cells = structure.cells()
    for evaluation in evaluations:
        assert f"{100 * evaluation.success:.1f} %" in cells
        assert f"{evaluation.solved} of {len(evaluation.episodes)}" in cells
        low, high = 100 * evaluation.interval.low, 100 * evaluation.interval.high
        assert f"{low:.1f}–{high:.1f} %" in cells
    captions = [text for tag, text in structure.texts if tag == "caption"]
    assert captions[0] == f"Protocol: {evaluations[0].protocol}."


def test_every_failure_has_a_row_with_its_reason(made: Any) -> None:
    run, contents, evaluations, structure = made
    failed = [i for i, e in enumerate(evaluations[0].episodes) if not e.success]
    assert failed, "an agent that has learned nothing fails"
    assert [diagnosis.index for diagnosis, _ in contents.failures] == failed
    for diagnosis, _ in contents.failures:
        assert f"Task {diagnosis.index}" in structure.cells()
        assert diagnosis.reason in structure.cells()
        assert (run.figures / f"failure-{diagnosis.index:03d}.png").is_file()


def test_what_is_shown_is_what_was_measured(made: Any) -> None:
    _, contents, evaluations, _ = made
    planned = evaluations[0]
    for journey, episode in zip(contents.journeys, planned.episodes, strict=True):
        np.testing.assert_allclose(journey.path, episode.path)
        assert journey.solved == episode.success
    first = planned.thoughts[0].plan
    for plan in contents.imaginations:
        np.testing.assert_allclose(plan.real[0], planned.episodes[plan.index].path[0])
        assert len(plan.real) == len(plan.imagined) == first.states.shape[1]
        # The first five actions were executed: reality is what the episode went through.
        np.testing.assert_allclose(plan.real[:6], planned.episodes[plan.index].path[:6], atol=1e-4)
    chosen = contents.decision
    assert chosen.best[-1] == pytest.approx(float(first.energy[chosen.index]), rel=1e-5)
    assert (np.diff(chosen.best) <= 0).all()


def test_the_landscape_is_the_distance_of_states(made: Any, experience: Experience) -> None:
    field, agent = made[1].landscape, tiny(experience)
    assert (np.isnan(field.energy) == np.isnan(field.way)).all(), "walls are walls in both"
    assert np.nanmin(field.energy) >= 0
    y, x = 10, 50
    seen = draw_bodies(field.room[None], np.array([[x + 0.5, y + 0.5]]))
    wanted = draw_bodies(field.room[None], field.goal[None])
    states = [agent.perception.imagine_goal(picture) for picture in (seen, wanted)]
    assert field.energy[y, x] == pytest.approx(float(goal_distance(*states)), rel=1e-2)


def test_the_run_can_be_repeated_from_the_page(made: Any) -> None:
    run, _, _, structure = made
    code = [text for tag, text in structure.texts if tag == "pre"]
    assert code[0] == "pellucid train --name 'two words'"
    assert json.loads(code[1]) == json.loads((run.path / "config.json").read_text())
    assert ("h1", "a<b>: two-room") in structure.texts


def test_a_black_box_encoder_and_a_run_without_curves_leave_their_parts_out(
    experience: Experience, tmp_path: Path
) -> None:
    tasks = ArenaTasks(load_manifest("two-room").first(1), budget=2)
    run = folder(tmp_path, curves=False)
    contents = collect(tiny(experience, "conv"), experience, tasks, [random_floor(tasks)], run)
    assert contents.dictionary is None
    assert contents.code is None
    assert contents.curves is None
    assert contents.decision is None
    assert contents.failures == ()


def test_other_environments_are_shown_by_their_labels_and_pictures(
    experience: Experience, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, tasks = tiny(experience), ReplayTasks(experience, count=2, ahead=10, budget=5)
    run = folder(tmp_path)
    evaluations = [evaluate(agent, tasks, planning=PLANNING)]
    contents = collect(agent, experience, tasks, evaluations, run)
    assert contents.journeys == ()
    assert contents.landscape is None
    assert [path.names for path in contents.label_paths] == [("x", "y")] * 2
    for end in contents.reached:
        np.testing.assert_array_equal(end.goal, tasks.goals[end.index])
    monkeypatch.setitem(style.STYLE, "savefig.dpi", 40)
    Structure(write_report(run, contents).read_text(encoding="utf-8"))
    assert (run.figures / "label-paths.png").is_file()
    assert (run.figures / "reached.png").is_file()


def test_an_empty_report_is_still_a_page(tmp_path: Path) -> None:
    structure = Structure(write_report(folder(tmp_path), ReportContents("nothing yet")).read_text())
    assert ("h1", "nothing yet") in structure.texts
    assert not structure.all("section")


def row(name: str, solved: int) -> SummaryRow:
    episodes = tuple(EpisodeResult(i < solved, 10, ((0.0,),), (1.0,)) for i in range(20))
    return SummaryRow.of(Evaluation(name, "tasks", "", episodes))


def test_the_headline_says_floor_and_ceiling_where_they_were_measured() -> None:
    assert headline((row("Mode-2", 19), row("random", 1), row("simulator", 20))) == (
        "Planning in the world that it learned from pixels, the agent solves 19 of 20 tasks; "
        "random actions solve 1, the same planner in the true world solves 20."
    )
    assert headline((row("Mode-2", 19),)).endswith("solves 19 of 20 tasks.")


def test_commands_are_written_as_they_are_typed() -> None:
    assert command_line(["/a/.venv/bin/pellucid", "demo"]) == "pellucid demo"
    assert command_line(["scripts/train.py", "a b"]) == "python scripts/train.py 'a b'"
    assert command_line([]) is None
