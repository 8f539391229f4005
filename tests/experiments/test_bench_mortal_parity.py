from dataclasses import replace

import pytest
import torch
from rich.console import Console

from pellucid.experiments.bench_mortal_bodies import RANGE, mortal_body
from pellucid.experiments.bench_mortal_parity import compare, parity
from pellucid.hardware import CELLS


def rounded(values, bits, most):
    steps = 2 ** (bits - 1) - 1
    return (values * (steps / most)).round().clamp(-steps, steps) * (most / steps)


def formula(fault, weights, seed):
    """A pair of cells for each weight, written out; wires are left to ours."""
    if fault.wire:
        return mortal_body(fault, weights, seed)
    draw = torch.Generator().manual_seed(1000 + seed)
    pair = torch.stack([weights.clamp_min(0), (-weights).clamp_min(0)])
    own = pair if fault.proportional else 1.0
    pair = (pair + fault.write * own * torch.randn(pair.shape, generator=draw)).clamp_min(0)

    def read(x):
        x = rounded(x, fault.dac_bits, 1.0)
        own = pair if fault.proportional else torch.ones_like(pair)
        variance = x.square() @ (fault.read * own).square().sum(0)
        noise = variance.sqrt() * torch.randn(variance.shape, generator=draw)
        return rounded(x @ (pair[0] - pair[1]) + noise, fault.adc_bits, RANGE)

    return read


def failing(peers, rows=16):
    found = parity(mortal_body, peers, rows=rows, columns=16, count=800)
    assert len(found) == 2 + 2 * 5
    return {(row.fault, row.quantity) for row in found if not row.holds}


def test_bodies_err_as_their_formula_says():
    assert failing(formula) == set()


@pytest.mark.parametrize(("field", "part"), [("write", "writing"), ("read", "reading")])
def test_a_tenth_more_noise_is_found(field, part):
    louder = lambda fault, *rest: formula(  # noqa: E731
        replace(fault, **{field: 1.1 * getattr(fault, field)}), *rest
    )
    found = failing(louder)
    assert {name for name, quantity in found if quantity == "deviation"} >= {
        f"{part}, 2 % of the largest",
        f"{part}, 10 % of the {'target' if field == 'write' else 'cell'}",
    }
    assert not [name for name, _ in found if "writing" in name and field == "read"]


def test_one_bit_less_and_wires_from_the_other_end_are_found():
    coarser = lambda fault, *rest: formula(  # noqa: E731
        replace(fault, adc_bits=fault.adc_bits - 1), *rest
    )
    assert ("converters, 7 and 9 bits", "error") in failing(coarser)

    def turned(fault, weights, seed):
        body = mortal_body(fault, weights.flip(0), seed)
        return lambda x: body(x.flip(1))

    assert ("wires, 5 ohms a cell", "error") in failing(turned, rows=64)


def test_the_kinds_of_cells_are_as_they_were():
    before = dict(CELLS)
    failing(formula)
    assert before == CELLS


def test_without_crosssim_the_row_says_so():
    console = Console(record=True, width=200)
    assert compare(None, console, repeats=1, quick=True) == (True, None)
    assert "CrossSim is not installed" in console.export_text()


def test_the_tables_say_what_differs():
    console = Console(record=True, width=200)
    louder = lambda fault, *rest: formula(replace(fault, read=1.3 * fault.read), *rest)  # noqa: E731
    same, record = compare(louder, console, repeats=2, quick=True)
    assert not same
    bad = [row for row in record["statistics"] if row["apart"] > row["allowed"]]
    assert {row["fault"] for row in bad} >= {"reading, 2 % of the largest"}
    assert f"{len(bad)} of 12 statistics differ" in console.export_text()
    assert [row["batch"] for row in record["speed"]] == [1000, 10]
