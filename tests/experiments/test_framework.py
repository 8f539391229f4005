from __future__ import annotations

import io
import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

from pellucid.errors import ConfigError
from pellucid.experiments import (
    EXPERIMENTS,
    Bar,
    Experiment,
    Measured,
    Null,
    Published,
    Result,
    Row,
    Settings,
    last_result,
    run_experiment,
    table,
)
from pellucid.experiments.framework import last_table

LEWM = Published(87.0, "LeWorldModel, arXiv 2603.19312", "goal 25 steps ahead, 50 steps")
PLDM = Published(97.8, "PLDM, arXiv 2502.14819, table 2")
GOOD = Row(
    "success",
    Measured(96.5, 92.1, 98.4, 200),
    published=(LEWM, PLDM),
    null=Null("random actions", Measured(2.0, 0.8, 5.0, 200)),
    bar=Bar("at least", 95.0),
    unit="%",
)
SLOW = Row("time", Measured(12.0, 11.0, 13.0, 3), published=(LEWM,), bar=Bar("at most", 10.0))
FREE = Row("steps", Measured(12345.6, -math.inf, math.inf, 1), note="one seed")


def _result(*rows: Row, quick: bool = False) -> Result:
    return Result("fake", "Water is wet.", rows, Settings(quick=quick), 61.2)


class Fake(ModuleType):
    """A module with an experiment that keeps what it was told."""

    def __init__(self, rows: list[Row]) -> None:
        super().__init__("fake_experiment")
        self.rows = rows
        self.told: list[Settings] = []
        self.fail = False

    def run(self, settings: Settings) -> list[Row]:
        self.told.append(settings)
        if self.fail:
            raise KeyboardInterrupt
        return self.rows


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    module = Fake([GOOD, FREE])
    monkeypatch.setitem(sys.modules, "fake_experiment", module)
    monkeypatch.setitem(EXPERIMENTS, "fake", Experiment("fake_experiment", "Water is wet."))
    return module


def _run(root: Path, *, quick: bool = False, fresh: bool = False) -> tuple[int, str]:
    stream = io.StringIO()
    settings = Settings(quick=quick, output=root)
    code = run_experiment("fake", settings, fresh=fresh, console=Console(file=stream, width=160))
    return code, stream.getvalue()


def test_a_row_holds_when_its_value_reaches_its_bar() -> None:
    assert [row.holds for row in (GOOD, SLOW, FREE)] == [True, False, None]
    exactly = replace(GOOD, measured=Measured(95.0, 90.0, 97.0, 5))
    assert exactly.holds
    nothing = replace(GOOD, measured=Measured(math.nan, 0.0, 1.0, 5))
    assert nothing.holds is False
    assert replace(nothing, bar=Bar("at most", 1.0)).holds is False


def test_a_result_holds_when_all_of_its_bars_are_reached() -> None:
    assert (_result(GOOD, FREE).holds, _result(GOOD, FREE).exit_code) == (True, 0)
    assert (_result(GOOD, SLOW).holds, _result(GOOD, SLOW).exit_code) == (False, 1)
    assert (_result(FREE).holds, _result(FREE).exit_code) == (None, 0)
    quick = _result(SLOW, quick=True)
    assert (quick.holds, quick.exit_code) == (None, 0)


def test_the_last_line_sums_up() -> None:
    assert table.summary(_result(GOOD, FREE)) == "fake: holds: 1 of 1 bars reached (in 1:01)"
    assert table.summary(_result(SLOW, GOOD, SLOW)) == (
        "fake: does not hold: time is 12 where at most 10 is claimed, and 1 more (in 1:01)"
    )
    assert table.summary(_result(SLOW, quick=True)) == (
        "fake: quick: not judged (1 rows measured in 1:01)"
    )
    assert "nothing to judge" in table.summary(_result(FREE))


def test_the_cells_say_everything() -> None:
    good, slow, free = table.cells(_result(GOOD, SLOW, FREE))
    assert good == (
        "success",
        "96.5 [92.1, 98.4] %",
        "200",
        "2 [0.8, 5] random actions",
        "87 [1], 97.8 [2]",
        "at least 95 %",
        "yes",
    )
    # The same source and protocol have the same mark.
    assert slow[4:] == ("87 [1]", "at most 10", "NO")
    assert free == ("steps (a)", "12,346", "1", "-", "-", "-", "-")
    assert table.notes(_result(FREE)) == ["(a) one seed"]
    assert table.notes(_result(GOOD, SLOW)) == [
        "[1] LeWorldModel, arXiv 2603.19312: goal 25 steps ahead, 50 steps",
        "[2] PLDM, arXiv 2502.14819, table 2",
    ]


def test_each_row_of_a_quick_run_says_that_it_is_not_judged() -> None:
    rows = table.cells(_result(GOOD, SLOW, FREE, quick=True))
    assert [row[-1] for row in rows] == ["not judged", "not judged", "-"]


def test_a_run_prints_its_table_and_leaves_its_result(tmp_path: Path, fake: Fake) -> None:
    code, text = _run(tmp_path)
    assert code == 0
    assert "96.5 [92.1, 98.4] %" in text
    assert text.rstrip().splitlines()[-1].startswith("fake: holds: 1 of 1 bars reached")
    [folder] = (tmp_path / "fake").iterdir()
    assert fake.told == [Settings(output=folder)]
    record = json.loads((folder / "result.json").read_text())
    assert record["holds"] is True
    assert record["rows"][0]["measured"] == {"value": 96.5, "low": 92.1, "high": 98.4, "n": 200}
    assert record["rows"][1]["measured"]["low"] is None
    page = (folder / "table.md").read_text()
    assert "| success | 96.5 [92.1, 98.4] % | 200 |" in page
    assert "[2] PLDM" in page


def test_a_claim_that_fails_exits_with_1_and_a_quick_run_does_not(
    tmp_path: Path, fake: Fake
) -> None:
    fake.rows = [SLOW]
    assert _run(tmp_path)[0] == 1
    code, text = _run(tmp_path, quick=True)
    assert code == 0
    assert "quick: not judged" in text.rstrip().splitlines()[-1]


def test_a_killed_experiment_continues_in_its_folder(tmp_path: Path, fake: Fake) -> None:
    fake.fail = True
    with pytest.raises(KeyboardInterrupt):
        _run(tmp_path)
    fake.fail = False
    _, text = _run(tmp_path)
    assert "continuing" in text
    _run(tmp_path)
    first, second, third = (settings.output for settings in fake.told)
    assert first == second != third
    fake.fail = True
    with pytest.raises(KeyboardInterrupt):
        _run(tmp_path)
    fake.fail = False
    _run(tmp_path, fresh=True)
    assert fake.told[-1].output != fake.told[-2].output


def test_the_last_result_is_the_latest_full_one(tmp_path: Path, fake: Fake) -> None:
    assert last_result("fake", tmp_path) is None
    _run(tmp_path, quick=True)
    record = last_result("fake", tmp_path)
    assert record is not None
    assert record["quick"]
    _run(tmp_path)
    fake.rows = [SLOW]
    _run(tmp_path)
    _run(tmp_path, quick=True)
    record = last_result("fake", tmp_path)
    assert record is not None
    assert (record["quick"], record["holds"]) == (False, False)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_damaged_result_is_passed_over(tmp_path: Path, fake: Fake, content: str) -> None:
    folder = tmp_path / "fake" / "2000"
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(content)
    assert last_result("fake", tmp_path) is None


def test_an_unknown_experiment_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'two-rooms': did you mean 'two-room'\?"):
        run_experiment("two-rooms", Settings(output=tmp_path))


def test_no_seed_is_refused() -> None:
    with pytest.raises(ConfigError, match="seeds is 0"):
        Settings(seeds=0)


def test_every_experiment_is_a_module_of_its_own() -> None:
    assert all(e.module.startswith("pellucid.experiments.") for e in EXPERIMENTS.values())
    assert len({e.module for e in EXPERIMENTS.values()}) == len(EXPERIMENTS)


def test_the_last_table_comes_with_its_command(tmp_path: Path, fake: Fake) -> None:
    _run(tmp_path)
    text = last_table("fake", tmp_path)
    assert text is not None
    assert text.startswith("# fake")
    assert "`pellucid run fake --seeds 3`" in text
    assert last_table("other", tmp_path) is None
