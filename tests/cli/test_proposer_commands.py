"""`pellucid geometry train-proposer` and `compare-proposer` as people call them."""

import pytest

from pellucid.cli.main import main

EASY = "midline\na b c = triangle a b c; m = midpoint m b c; n = midpoint n c a ? para m n a b\n"


def test_a_proposer_is_trained_and_compared(tmp_path, capsys):
    weights, problems = tmp_path / "p.safetensors", tmp_path / "easy.txt"
    problems.write_text(EASY, encoding="utf-8")
    train = ["geometry", "train-proposer", "--count", "1", "--seed", "25", "--out", str(weights)]
    assert main(train) == 0
    assert 0 < weights.stat().st_size < 200_000
    capsys.readouterr()
    assert main(["geometry", "compare-proposer", str(problems), str(weights), "--time", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [["midline", "without"], ["midline", "with"]]
    assert lines[-1].startswith("without 1 of 1")


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["train-proposer", "--count", "0", "--out", "p"], "--count 0 is too few"),
        (["compare-proposer", "imo_ag_30", "none.safetensors"], "none.safetensors"),
        (["compare-proposer", "imo_ag_30", "p", "--time", "0"], "give more than 0"),
    ],
)
def test_mistakes_are_told_in_one_line(words, advice, capsys):
    assert main(["geometry", *words]) == 2
    said = capsys.readouterr().err.strip()
    assert advice in said
    assert "\n" not in said
