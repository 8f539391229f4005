"""Both sides of the networks' bench are one computation, and its bars can be missed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from torch import nn

from pellucid.experiments import bench_networks, bench_pairs
from pellucid.experiments.bench_network_cases import (
    TRANSFORMERS,
    Case,
    Pass,
    Sizes,
    all_cases,
)
from pellucid.experiments.bench_networks import Row, bench, compiled, main, stays_finite
from pellucid.networks.csc_plan import CscPlan, LayerPlan

TINY = Sizes(
    tokens=((2, 9, 12, 3),),
    streams=((2, 37, 12, 3),),
    pictures=2,
    plan=CscPlan((LayerPlan(4), LayerPlan(6, pool=2)), components=5),
    vectors=(30, 6),
    torus=(12, 3, 4),
    classes=3,
)
CASES = {case.network: case for case in all_cases(TINY)}


@pytest.mark.parametrize("network", CASES)
def test_both_sides_are_one_computation(network: str) -> None:
    case = CASES[network]
    for name, apart in case.differences().items():
        assert apart < 1e-5, name
    assert all(result.norm() > 0 for result in case.public.results().values())


def test_every_network_has_its_gradients_compared() -> None:
    assert len(CASES) == 2 * len(TRANSFORMERS) + 7
    for network, case in CASES.items():
        names = case.ours.results().keys()
        assert ("input" in names) != network.endswith("made")
    blocks = CASES["ToST, causal"].ours.results()
    assert {"blocks.0.mixer.temperature", "blocks.0.feed.narrow.bias", "norm.weight"} <= set(blocks)
    assert "blocks.1.coding.patterns" in CASES["sparse coding"].ours.results()


def scaled(case: Case, factor: float) -> Case:
    """The case with another output on our side."""
    return replace(case, ours=case.ours.twin(lambda compute: lambda x: factor * compute(x)))


def test_sides_that_differ_are_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    other = scaled(CASES["CRATE"], 1.001)
    monkeypatch.setattr(bench_networks, "all_cases", lambda _: [other])
    with pytest.raises(AssertionError, match=r"CRATE: the two sides differ by 1\.0e-03"):
        bench(TINY, repeats=1, backend="eager")


@pytest.mark.parametrize(("seconds", "status"), [(0.9, 0), (1.1, 1)])
def test_a_slow_form_misses_the_bar(
    seconds: float, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, clock = CASES["coding rate"], [0.0]

    def taking(seconds: float, form: Pass) -> Pass:
        def run(x: torch.Tensor) -> torch.Tensor:
            clock[0] += seconds
            return form.compute(x)

        return form.twin(lambda _: run)

    timed = Case("rate", "", taking(seconds, case.ours), taking(1.0, case.public), compiles=False)
    monkeypatch.setattr(bench_pairs, "process_time", lambda: clock[0])
    monkeypatch.setattr(bench_networks, "all_cases", lambda _: [timed])
    assert main(["--quick", "--repeats", "3"]) == status


GOOD = Row("CRATE", "4", 1.0, 2.0, 0.5, 0.4, 0.6, 1e-7, "yes", "finite")


@pytest.mark.parametrize(
    ("row", "holds"),
    [
        (GOOD, True),
        (replace(GOOD, compiled="-"), True),
        (replace(GOOD, ratio=1.01), False),
        (replace(GOOD, compiled="Unsupported: a branch"), False),
        (replace(GOOD, bf16="not finite"), False),
    ],
)
def test_each_of_the_bars_counts(
    row: Row, holds: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench_networks, "bench", lambda *_, **__: [GOOD, row])
    assert main([]) == (0 if holds else 1)
    assert capsys.readouterr().out.count("DOES NOT HOLD") == (0 if holds else 1)


def test_the_quick_bench_runs(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ("CRATE", "ReduNet, made", "rate reduction")
    monkeypatch.setattr(bench_networks, "all_cases", lambda _: [CASES[name] for name in few])
    path = tmp_path / "rows.json"
    assert main(["--quick", "--repeats", "1", "--save", str(path)]) in (0, 1)
    record = json.loads(path.read_text())
    assert record["backend"] == "aot_eager"
    assert [row["network"] for row in record["rows"]] == list(few)
    for row in record["rows"]:
        assert row["compiled"] in ("yes", "-")
        assert row["bf16"] == "finite"
        assert row["difference"] < 1e-5
        assert row["cpu_ms"] > 0
        assert row["public_cpu_ms"] > 0
    text = capsys.readouterr().out
    assert "ours / public form" in " ".join(text.split())


class Branching(nn.Module):
    """What no compiler can take as one graph."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2 if x.sum() > 0 else x * 3


class Delicate(nn.Module):
    """257 is no number of bfloat16: there it is 256, and this divides by zero."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 1 / (x @ x.mT - 256)


def test_the_checks_see_what_does_not_compile_and_what_is_not_finite() -> None:
    x = torch.ones(2, 257)
    branching = Pass(Branching(), x)
    assert compiled(Case("b", "2", branching, branching), "eager") not in ("yes", "-")
    assert compiled(Case("b", "2", branching, branching, compiles=False), "eager") == "-"
    assert torch.isfinite(Pass(Delicate(), x)()).all()
    assert not stays_finite(Pass(Delicate(), x))
    assert stays_finite(branching)
