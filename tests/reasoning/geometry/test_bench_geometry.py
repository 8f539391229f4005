import time

from pellucid.reasoning.geometry.bench import Row, run_set, summary
from pellucid.reasoning.geometry.jgex import split_set

SET = """
# three
theorem
a b c = triangle; h = orthocenter a b c ? perp c h a b
mistake
a b c = triangle; h = orthocenter a b c ? perp c h a c
mistyped
a b c = triangl ? coll a b c
"""


def _patient(name, text, line):
    if name == "mistake":
        time.sleep(30)
    if name == "mistyped":
        return [bytes(1 << 20) for _ in range(100_000)], ""
    return "proved", f"line {line}"


def test_a_row_for_each_problem_and_a_last_line():
    rows = {row.name: row for row in run_set(split_set(SET), workers=2)}
    assert rows["theorem"].proved
    assert rows["mistake"].status == "false"
    assert rows["mistyped"].status == "error"
    assert "did you mean 'triangle'?" in rows["mistyped"].reason
    assert summary(list(rows.values())).startswith("proved 1 of 3 (median 0.")


def test_limits_of_time_and_memory_end_a_problem_and_no_other():
    begun = time.perf_counter()
    rows = {
        row.name: row
        for row in run_set(split_set(SET), prover=_patient, seconds=1.0, megabytes=2048)
    }
    assert time.perf_counter() - begun < 10
    assert rows["theorem"] == Row("theorem", "proved", "line 4", rows["theorem"].seconds)
    assert rows["mistake"].status == "timeout"
    assert rows["mistyped"].status == "failed"
    assert "timeout" in str(rows["mistake"])
    assert summary([]) == "proved 0 of 0 (median 0.000 s)"
