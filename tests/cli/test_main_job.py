"""The main job through the command line, on an environment that the project has never seen."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import pellucid
from pellucid.cli.main import main
from pellucid.data.pixels import pixel_environment

TINY = [
    "--training.world.dimension=4",
    "--training.world.hidden=8",
    "--training.world.encoder.width=2",
    "--training.batch=4",
    "--training.unroll=3",
    "--training.threads=1",
    "--training.configuration.planning.horizon=8",
    "--training.configuration.planning.samples=8",
    "--training.configuration.planning.iterations=1",
]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*words, code=0):
    assert main([str(word) for word in words]) == code


def test_an_unseen_environment_goes_through_all_verbs(here, capsys):
    call("record", "--env", "Pendulum-v1", "--episodes", 12, "--steps", 24, "--out", "swings")
    steps = ["--training.schedule.steps", 4, "--training.world.frames", 2]
    call("train", "swings", "--name", "pendulum", *steps, *TINY)
    call("evaluate", "pendulum", "--count", 2)
    call("act", "pendulum", "--count", 2)
    run = pellucid.Agent.load("pendulum")
    assert run.world.config.frames == 2
    folder = next((here / "runs" / "pendulum").iterdir())
    assert {"report.html", "act.gif", "model.safetensors", "config.json"} <= {
        path.name for path in folder.iterdir()
    }
    said = capsys.readouterr().out
    assert "random (floor)" in said
    assert "within 0.25 deviations of the goal's" in said


def test_discrete_actions_go_the_same_way(here):
    call("record", "--env", "CartPole-v1", "--episodes", 30, "--out", "poles")
    call("train", "poles", "--name", "poles", "--training.schedule.steps", 3, *TINY)
    agent = pellucid.Agent.load("poles")
    environment = pixel_environment("CartPole-v1")
    observation, _ = environment.reset(seed=0)
    assert environment.action_space.contains(agent.act(observation))


def test_ten_lines_of_python(here):
    from pellucid.agent import TrainingConfig
    from pellucid.learning.schedule import Schedule
    from pellucid.networks import EncoderConfig
    from pellucid.worlds import JEPAConfig

    small = JEPAConfig(dimension=4, hidden=8, encoder=EncoderConfig(width=2))
    config = TrainingConfig(world=small, schedule=Schedule(steps=2), batch=4, unroll=3, threads=1)

    experience = pellucid.record("Pendulum-v1", "swings", episodes=4, steps=20)
    agent = pellucid.train(experience, config)
    environment = pixel_environment("Pendulum-v1")
    observation, _ = environment.reset(seed=0)
    agent.begin(goal=experience[0].observations[-1])
    for _ in range(3):
        observation, *_ = environment.step(agent.act(observation))
    assert len(agent.memory) == 2  # the third action's outcome has not been perceived yet


@pytest.fixture
def arrays(here):
    """A user's own arrays and an agent that was trained on them."""
    generator = np.random.default_rng(0)
    actions = generator.uniform(-1, 1, (6, 12, 2)).astype(np.float32)
    seen = np.pad(actions.cumsum(1), ((0, 0), (1, 0), (0, 0))).astype(np.float32)
    pellucid.data.from_arrays("arrays", seen, actions)
    call("train", "arrays", "--name", "mine", "--training.schedule.steps", 3, *TINY)
    return here


def test_arrays_are_trained_on_without_an_environment(arrays, capsys):
    action = pellucid.Agent.load("mine").act(np.zeros(2, dtype=np.float32))
    assert action.shape == (2,)


def test_what_cannot_be_done_with_a_trained_agent_is_one_line(arrays, capsys):
    rooms = ["--tasks", "two-room", "--count", "1"]
    asked = [
        (["evaluate", "mine"], "no labels"),
        (["act", "mine", *rooms, "--mode", "react"], "no Mode-1 yet: train with --distill"),
        (["act", "mine", *rooms], "trained on (2,)"),
        (["act", "mine", *rooms, "--film", "film.mp4"], "a film is a GIF"),
        (["act", "mine", "--tasks", "two-room", "--count", "0"], "take 1 to all"),
        (["act", "mine", "--tasks", "two-rom"], "did you mean 'two-room'"),
    ]
    for words, message in asked:
        capsys.readouterr()
        call(*words, code=2)
        complaint = capsys.readouterr().err.strip().splitlines()
        assert len(complaint) == 1, complaint
        assert complaint[0].startswith("pellucid: ")
        assert message in complaint[0]


def test_a_moved_experience_is_asked_for(arrays, capsys):
    (arrays / "arrays").rename(arrays / "moved")
    for verb in ("act", "evaluate"):
        call(verb, "mine", code=2)
        assert "say where it is with --experience" in capsys.readouterr().err
        call(verb, "mine", "--experience", "moved", code=2)
        assert "no labels" in capsys.readouterr().err


def test_a_run_without_an_agent_says_what_to_do(arrays, capsys):
    (run,) = (arrays / "runs" / "mine").iterdir()
    (run / "model.json").unlink()
    call("act", "mine", "--tasks", "two-room", code=2)
    assert "its training has not ended" in capsys.readouterr().err


def test_a_loss_that_is_not_a_number_stops_with_one_line(here, capsys):
    """A rate that no training survives."""
    call("record", "--episodes", 3, "--steps", 8, "--out", "walks")
    rate = ["--training.schedule.learning-rate", "1e30", "--training.schedule.steps", 30]
    call("train", "walks", *rate, *TINY, code=2)
    assert "is not a number at step" in capsys.readouterr().err.strip().splitlines()[-1]


def train_command(folder: Path, steps: int) -> list[str]:
    options = [f"--training.schedule.steps={steps}", "--training.checkpoint-every=2"]
    code = "import sys; from pellucid.cli.main import main; sys.exit(main())"
    return [sys.executable, "-c", code, "train", str(folder / "walks"), *options, *TINY]


def test_kill_9_and_the_same_command_end_with_the_same_bits(here):
    call("record", "--episodes", 12, "--steps", 12, "--out", "walks")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    weights = {}
    for place, kill in (("unbroken", False), ("killed", True)):
        folder = here / place
        folder.mkdir()
        command = train_command(here, 30)
        if kill:
            _kill_in_the_middle(command, folder, environment)
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        (run,) = (folder / "runs" / "train").iterdir()
        weights[place] = (run / "model.safetensors").read_bytes()
        assert json.loads((run / "status.json").read_text())["status"] == "finished"
    assert weights["killed"] == weights["unbroken"]


def _kill_in_the_middle(command, folder, environment):
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        if list(folder.glob("runs/train/*/checkpoints/step-*.safetensors")):
            break
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it had ended before it could be killed"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "nowhere"], "nowhere"),
        (["record", "--env", "No-v0", "--out", "x"], "No-v0"),
        (["record", "--env-kwargs", "{", "--out", "x"], "not JSON"),
        (["record", "--env-kwargs", "[1]", "--out", "x"], "must be an object with keys"),
        (["record", "--policy", "drfit", "--episodes", "1", "--out", "x"], "did you mean 'drift'"),
        (["evaluate", "nothing"], "nothing"),
        (["demo", "--recipe", "dmo"], "did you mean 'demo'"),
        (["run", "two-rom"], "did you mean 'two-room'"),
    ],
)
def test_mistakes_are_told_in_one_line_with_exit_code_2(here, capsys, words, message):
    call(*words, code=2)
    complaint = capsys.readouterr().err.strip().splitlines()[-1]
    assert complaint.startswith("pellucid: ")
    assert message in complaint


def test_a_damaged_experience_is_named(here, capsys):
    call("record", "--episodes", 3, "--steps", 5, "--out", "walks")
    path = here / "walks" / "observations.bin"
    path.write_bytes(path.read_bytes()[:1000])
    call("train", "walks", *TINY, code=2)
    assert "observations.bin" in capsys.readouterr().err
