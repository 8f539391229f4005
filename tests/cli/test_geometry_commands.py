"""`pellucid prove`, `check` and `geometry` as people call them."""

import importlib
import json

import pytest

from pellucid.cli.main import main

ALTITUDES = "a b c = triangle; h = on_tline b a c, on_tline c a b ? perp a h b c"
FALSE = "a b c = triangle; h = orthocenter a b c ? perp a h a b"


def test_prove_prints_the_proof_and_saves_what_check_accepts(tmp_path, capsys):
    out, html = tmp_path / "answer.json", tmp_path / "page.html"
    words = ["prove", ALTITUDES, "--time", "30", "--out", str(out), "--html", str(html)]
    assert main(words) == 0
    printed = capsys.readouterr()
    assert "AH is perpendicular to BC" in printed.out
    assert "proved: an identity in 2 parameters" in printed.out
    assert f"verify it by: pellucid check {out}" in printed.err
    assert printed.err.count("a readable proof is looked for") <= 1
    assert "<svg" in html.read_text(encoding="utf-8")
    assert main(["check", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["certificate accepted", "proof accepted"]


def test_check_refuses_what_was_changed(tmp_path, capsys):
    out = tmp_path / "answer.json"
    assert main(["prove", ALTITUDES, "--time", "30", "--out", str(out)]) == 0
    data = json.loads(out.read_text(encoding="utf-8"))
    data["certificate"]["coordinates"]["h"][0] += " + 1"
    out.write_text(json.dumps(data), encoding="utf-8")
    capsys.readouterr()
    assert main(["check", str(out)]) == 1
    assert f"{out}: certificate refused: " in capsys.readouterr().out


def test_prove_of_what_is_false_is_1_and_says_by_how_much(tmp_path, capsys):
    out = tmp_path / "answer.json"
    assert main(["prove", FALSE, "--time", "30", "--out", str(out)]) == 1
    printed = capsys.readouterr()
    assert "'perp a h a b' is false" in printed.out
    assert "degrees, not 90" in printed.out
    assert "True is '" in printed.out
    assert not out.exists()
    assert "nothing is saved" in printed.err


def test_several_goals_are_saved_one_by_one(tmp_path):
    text = "a b c = triangle; m = midpoint b c; n = midpoint a c ? para m n a b; rconst a b m n 2"
    out = tmp_path / "answer.json"
    assert main(["prove", text, "--time", "30", "--out", str(out)]) == 0
    saved = sorted(path.name for path in tmp_path.iterdir())
    assert saved == ["answer-1.json", "answer-2.json", "answer.json"]
    assert main(["check", *(str(tmp_path / name) for name in saved)]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["prove", "a b c = triangl ? coll a b c"], "did you mean 'triangle'? It is written as"),
        (["prove", "altitudes.txt"], "no file is called 'altitudes.txt'"),
        (["prove", ALTITUDES, "--engine", "algebr"], "did you mean 'algebra'?"),
        (["prove", ALTITUDES, "--format", "latx"], "did you mean 'latex'?"),
        (["prove", ALTITUDES, "--time", "0"], "--time 0 is no time; give seconds"),
        (
            ["prove", "a b c = triangle; d = on_line a b, on_line a c, on_line b c ? coll a b d"],
            "line 1: 'd = on_line d a b, on_line d a c, on_line d b c' asks for more",
        ),
        (["check", "nothing.json"], "cannot read nothing.json"),
        (["check"], "no file to check"),
        (["geometry", "bench", "imo_ag"], "did you mean 'imo_ag_30'?"),
        (["geometry", "bench", "imo_ag_30", "--workers", "0"], "give 1 or more"),
        (["geometry", "discover", "a@0_0 = ; b@1_0 = "], "write clauses that make its points"),
    ],
)
def test_mistakes_are_told_in_one_line_with_exit_code_2(words, message, capsys):
    assert main(words) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.startswith("pellucid: ")
    assert told.count("\n") == 1


def test_latex_goes_to_the_output_alone(capsys):
    assert main(["prove", ALTITUDES, "--engine", "algebra", "--format", "latex"]) == 0
    assert capsys.readouterr().out.startswith("\\documentclass")


def test_discover_lists_facts_in_words(capsys):
    text = "a b c = triangle; d = foot a b c; e = foot b c a; h = on_line a d, on_line b e"
    assert main(["geometry", "discover", text]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"{len(lines) - 1} facts that are not given"
    assert any("is perpendicular to" in line and "steps)" in line for line in lines)


def test_bench_tries_any_file_and_ends_with_the_sum(tmp_path, capsys):
    path = tmp_path / "three.txt"
    path.write_text(f"first\n{ALTITUDES}\nsecond\n{FALSE}\nthird\na b = segmen ? cong a b a b\n")
    assert main(["geometry", "bench", str(path), "--time", "30", "--check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["first", "second", "third", "proved"]
    assert lines[-1].startswith("proved 1 of 3 (median ")
    assert "did you mean 'segment'?" in lines[2]


def test_synthesized_theorems_are_a_file_for_the_bench(tmp_path, monkeypatch, capsys):
    class Fake:
        def text(self):
            return f"made\n{ALTITUDES}\n# auxiliary: x = free x\n"

    asked = {}

    def synthesize(**settings):
        asked.update(settings)
        return iter([Fake()] * settings["count"])

    module = importlib.import_module("pellucid.reasoning.geometry.auxiliary.synthesize")
    monkeypatch.setattr(module, "synthesize", synthesize)
    path = tmp_path / "made.txt"
    assert main(["geometry", "synthesize", "--count", "2", "--seed", "7", "--out", str(path)]) == 0
    assert asked == {"count": 2, "seed": 7}
    assert main(["geometry", "synthesize", "--count", "1"]) == 0
    assert capsys.readouterr().out == Fake().text()
    assert main(["geometry", "bench", str(path), "--time", "30"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("proved 2 of 2")
    assert main(["geometry", "synthesize", "--count", "0"]) == 2
