from __future__ import annotations

from pathlib import Path

import pytest

from pellucid.cli.main import main

ROW = (
    "Six gears stand in a row. Each meshes with the next. Gear 3 is turned clockwise. "
    "Which way do gears 1 and 6 turn?"
)


def test_a_problem_in_words_is_answered_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gears", ROW]) == 0
    first, *reasons = capsys.readouterr().out.splitlines()
    assert first == "Gear 1 turns clockwise. Gear 6 turns counter-clockwise."
    assert len(reasons) == 2
    assert all(reason.startswith("  Gear 3 turns clockwise; gear ") for reason in reasons)


def test_a_file_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gears.txt"
    path.write_text(ROW, encoding="utf-8")
    assert main(["gears", str(path)]) == 0
    assert capsys.readouterr().out.startswith("Gear 1 turns clockwise.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gears.txt", "'gears.txt' is no file: give one, or a problem in words"),
        ("What turns the moon?", "gear"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(
    text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gears", text]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
