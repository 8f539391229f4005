import time
from dataclasses import replace
from functools import partial

import pytest

from pellucid.errors import ConfigError, DataError
from pellucid.reasoning.geometry import engines
from pellucid.reasoning.geometry.algebra import DRAWN
from pellucid.reasoning.geometry.answer import answer_to_json
from pellucid.reasoning.geometry.bench import run_set
from pellucid.reasoning.geometry.check_file import check_text
from pellucid.reasoning.geometry.diagram import broken
from pellucid.reasoning.geometry.engines import ENGINES, bencher, figure, prove_problem, read
from pellucid.reasoning.geometry.front import parse_text
from pellucid.reasoning.geometry.limits import run_all
from pellucid.studio.theorems import page
from pellucid.studio.theorems.documents import document

ALTITUDES = "a b c = triangle; h = on_tline b a c, on_tline c a b ? perp a h b c"
FALSE = "a b c = triangle; h = orthocenter a b c ? perp a h a b"
MIDDLE = "a@0_0 = ; b@4_0 = ; m@2_0 = coll m a b, cong m a m b ? midp m a b"


def _last(text, **settings):
    findings = list(prove_problem(parse_text(text), **settings))
    return findings[-1], findings


def test_auto_gives_the_certificate_and_the_readable_proof():
    finding, findings = _last(ALTITUDES, seconds=30)
    assert len(findings) == 2
    assert finding.status == "proved"
    assert finding.algebra.certificate is not None
    assert len(finding.proofs) == 1
    assert finding.proofs[0].goal == finding.problem.goals[0]
    assert set(finding.places) == {"a", "b", "c", "h"}


def test_what_is_false_is_diagnosed_and_nothing_more_is_waited_for():
    finding, _ = _last(FALSE, seconds=30)
    assert (finding.status, finding.proved) == ("false", False)
    assert finding.verdict.startswith("'perp a h a b' is false: ")
    assert broken(finding.problem.goals, finding.places)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_proves_the_altitudes(engine):
    finding, _ = _last(ALTITUDES, engine=engine, seconds=30)
    assert finding.proved
    assert finding.verdict.startswith("proved: ")


def test_a_problem_by_coordinates_gets_a_certificate_and_a_readable_proof():
    finding, _ = _last(MIDDLE, seconds=30)
    assert finding.algebra.proved
    assert finding.algebra.certificate.assumed == ("coll m a b", "cong m a m b")
    assert len(finding.proofs) == 1
    saved = answer_to_json(
        finding.problem, certificate=finding.algebra.certificate, proof=finding.proofs[0]
    )
    assert check_text(saved).accepted
    with pytest.raises(DataError, match="Wu's method needs clauses"):
        _last(MIDDLE, engine="wu", seconds=30)


def test_a_goal_by_coordinates_that_is_true_of_one_figure_only_is_false():
    text = "a@0_0 = ; b@4_0 = ; c@2_3 = ; m@2_0 = coll m a b, cong m a m b ? perp c m a b"
    finding, _ = _last(text, seconds=30)
    assert finding.status == "false"
    assert "in another figure that obeys all that is assumed, the angle" in finding.verdict
    assert broken(finding.problem.goals, finding.places)


def test_a_goal_that_is_false_where_the_points_stand_is_measured():
    finding, _ = _last(MIDDLE.replace("midp m a b", "cong a b a m"), seconds=30)
    assert finding.status == "false"
    assert finding.verdict == "'cong a b a m' is false: where the points stand, AB is 4 and AM is 2"
    assert finding.places["b"] == (4.0, 0.0)


def test_a_value_that_is_asked_for_is_told_as_an_angle_of_the_triangle():
    text = (
        "a@0_0 = ; b@4_0 = ; c@2_3.4641016151377544 = cong a b b c, cong a b a c ? acompute a b a c"
    )
    finding, _ = _last(text, seconds=30)
    told = document(finding)
    assert "angle BAC = 60 degrees" in told
    assert "Given are 2 statements; 3 steps follow." in told


def test_a_readable_proof_counts_where_there_can_be_no_certificate():
    """An angle of 40 degrees has no cosine by square roots."""
    text = "a b c = triangle; d = s_angle a b 40o, on_line a c ? aconst b a b d 40o"
    finding, _ = _last(text, seconds=30)
    assert finding.algebra.certificate is None
    assert finding.status == "proved"
    assert finding.verdict == "proved: the constructions say it already"


def test_each_of_several_goals_is_proved():
    text = "a b c = triangle; m = midpoint b c; n = midpoint a c ? para m n a b; rconst a b m n 2"
    finding, _ = _last(text, seconds=30)
    assert [proof.goal for proof in finding.proofs] == list(finding.problem.goals)


def _for_ever(*_):
    while True:
        time.sleep(0.01)


def test_the_limit_of_time_holds(monkeypatch):
    monkeypatch.setattr(engines, "prove", _for_ever)
    monkeypatch.setattr(engines, "read", lambda problem, seconds: _for_ever())
    begun = time.perf_counter()
    finding, _ = _last(ALTITUDES, seconds=0.3)
    assert time.perf_counter() - begun < 10
    assert finding.status == "undecided"
    assert "algebra: no answer in 0.3 s" in finding.verdict
    assert "synthetic: no answer in 0.3 s" in finding.verdict


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a b c = triangle;\nd = on_line a b, on_line a c, on_line b c ? coll a b d",
            "line 2: 'd = on_line d a b, .* asks for more than two lines or circles",
        ),
        (
            "a b = segment; d = midpoint a b;\ne = intersection_ll a b d b ? coll a b e",
            "degenerate: line 2: .* needs that line a b is not parallel to line d b",
        ),
    ],
)
def test_what_is_over_determined_or_degenerate_is_told_with_its_line(text, message):
    with pytest.raises(DataError, match=message):
        _last(text, seconds=30)


@pytest.mark.parametrize(
    ("clause", "goal", "advice"),
    [
        (
            "d = on_line a b, on_line c m, on_line b c",
            "cong d a d b",
            "without 'on_line d b c' there is a figure, and what is asked is true of it",
        ),
        (
            "d = on_line a b, on_line a c, on_line b c",
            "perp d a b c",
            "there is a figure without 'on_line d a b' or without 'on_line d a c' or without",
        ),
    ],
)
def test_what_to_drop_of_an_over_determined_clause(clause, goal, advice):
    with pytest.raises(DataError) as caught:
        _last(f"a b c = triangle; m = midpoint a b; {clause} ? {goal}", seconds=30)
    assert advice in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_engine_that_is_not_known_is_named():
    for ask in (lambda: _last(ALTITUDES, engine="algebr"), lambda: bencher("algebr", seconds=1)):
        with pytest.raises(ConfigError, match="did you mean 'algebra'"):
            ask()


def test_the_figure_is_one_of_the_problem_in_which_its_goals_hold():
    problem = parse_text(
        "a b c = triangle; i = incenter a b c; d = on_line a b, on_circle a c ? cong i d i c"
    )
    assert not broken(problem.goals, figure(problem))
    assert figure(problem) == figure(problem)
    assert figure(parse_text(MIDDLE)) == {"a": (0, 0), "b": (4, 0), "m": (2, 0)}


def test_what_is_not_derived_is_said_to_be_so():
    reading = read(parse_text("a b c = triangle; p = on_circum a b c ? cyclic a b c p"), seconds=5)
    assert reading.reason == "the constructions say it already"
    # No rule of the synthetic prover gives Pascal's theorem, but the algebra does.
    pascal = (
        "a b c = triangle; d = on_circum a b c; e = on_circum a b c; f = on_circum a b c; "
        "x = on_line a b, on_line d e; y = on_line b c, on_line e f; z = on_line c d, on_line f a "
        "? coll x y z"
    )
    finding, _ = _last(pascal, seconds=30)
    assert finding.proved
    assert not finding.proofs
    assert "nothing more follows by the rules" in finding.synthetic.reason


def test_points_are_added_where_a_proof_needs_them_and_the_checker_knows():
    text = (
        "a b c = triangle; d = midpoint b c; e = midpoint a d; f = on_line b e, on_line a c "
        "? rconst a f f c 1/2"
    )
    plain, _ = _last(text, engine="synthetic", seconds=30)
    finding, _ = _last(text, auxiliary=True, seconds=30)
    assert not plain.proofs
    assert plain.auxiliary == ()
    assert finding.algebra.proved
    added = [point for clause in finding.auxiliary for point in clause.points]
    assert added
    assert set(added) <= set(finding.proofs[0].points)
    assert set(finding.drawn.points) == {*"abcdef", *added} <= set(finding.places)
    assert f"with auxiliary points {', '.join(added)}" in finding.synthetic.reason
    saved = answer_to_json(finding.problem, proof=finding.proofs[0], auxiliary=finding.auxiliary)
    assert check_text(saved).accepted
    assert not check_text(answer_to_json(finding.problem, proof=finding.proofs[0])).accepted
    html = page.html(finding)
    assert "<h3>Added for the proof</h3>" in html
    assert f'data-point="{added[0]}"' in html
    assert bencher("auxiliary", seconds=20, check=True)("added", text, 1)[0] == "proved"


def test_a_sheet_is_drawn_as_it_was_drawn_if_it_is_right():
    problem = parse_text("a b = segment; m = midpoint a b ? cong m a m b")
    right = {"a": (0.0, 0.0), "b": (4.0, 2.0), "m": (2.0, 1.0)}
    assert figure(replace(problem, at=right)) == right
    assert figure(replace(problem, at={**right, "m": (2.0, 1.5)})) != right


def test_the_bench_tries_engines_on_all_languages_and_checks_what_they_prove():
    problems = [("altitudes", 1, ALTITUDES), ("false", 1, FALSE), ("middle", 1, MIDDLE)]
    statuses = {
        engine: {
            row.name: row.status
            for row in run_set(problems, prover=bencher(engine, seconds=20, check=True), seconds=20)
        }
        for engine in ENGINES
    }
    assert statuses["auto"] == {"altitudes": "proved", "false": "false", "middle": DRAWN}
    assert statuses["algebra"] == statuses["auto"]
    assert statuses["synthetic"] == {"altitudes": "proved", "false": "error", "middle": "proved"}
    assert statuses["auxiliary"] == statuses["synthetic"]
    assert statuses["wu"]["altitudes"] == "proved"


def test_what_the_checker_refuses_is_not_counted(monkeypatch):
    def doubting(text):
        verdict = check_text(text)
        assert verdict.accepted
        return type(verdict)(False, ("refused for the test",))

    monkeypatch.setattr(engines, "check_text", doubting)
    prover = bencher("algebra", seconds=20, check=True)
    assert prover("altitudes", ALTITUDES, 1) == ("refused", "refused for the test")
    assert bencher("algebra", seconds=20)("altitudes", ALTITUDES, 1)[0] == "proved"


def _told(text):
    return text


def test_works_end_in_any_order_and_the_rest_with_the_iterator():
    begun = time.perf_counter()
    works = [("slow", partial(time.sleep, 60)), ("quick", partial(_told, "done"))]
    for ended in run_all(works, seconds=60):
        assert (ended.name, ended.status, ended.value) == ("quick", "done", "done")
        break
    assert time.perf_counter() - begun < 20
