import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import ConfigError
from pellucid.hardware import Ledger, adc_joules, digital_joules, spend
from pellucid.hardware.energy import ADC, MACS, MEMORY


def test_what_is_spent_is_counted_by_kind_while_the_ledger_is_open():
    spend("bits", "labels", 5)  # nobody listens
    with Ledger() as book:
        spend("bits", "labels", 3.5)
        spend("bits", "gradients", 64)
        spend("bits", "labels", 3.5)
        spend("reads", "forward", 2)
    spend("bits", "labels", 5)
    assert book.by_kind("bits") == {"gradients": 64, "labels": 7}
    assert list(book.by_kind("bits")) == ["gradients", "labels"]
    assert book.total("bits") == 71
    assert book.total("reads") == 2
    assert book.total("joules") == 0
    assert book.wall > 0


def test_every_open_ledger_hears_it():
    with Ledger() as whole:
        spend("joules", "a", 1)
        with Ledger() as part:
            spend("joules", "b", 2)
        spend("joules", "c", 4)
    assert part.by_kind("joules") == {"b": 2}
    assert whole.total("joules") == 7


def test_a_ledger_may_be_opened_again_but_not_twice_at_once():
    book = Ledger()
    for _ in range(2):
        with book:
            spend("seconds", "device", 1)
            with pytest.raises(ConfigError, match="open already"):
                book.__enter__()
    assert book.total("seconds") == 2


def test_an_error_closes_it():
    with pytest.raises(RuntimeError), Ledger() as book:
        raise RuntimeError
    spend("bits", "late", 1)
    assert book.total("bits") == 0


@pytest.mark.parametrize("amount", [-1, math.nan, math.inf])
def test_only_amounts_can_be_spent(amount):
    with pytest.raises(ConfigError, match="cannot be spent"):
        spend("bits", "labels", amount)
    with pytest.raises(ConfigError, match="a ledger counts reads, joules, bits, seconds"):
        spend("watts", "labels", 1)
    with pytest.raises(ConfigError, match="not 'watts'"):
        Ledger().total("watts")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1e6)), max_size=20))
def test_the_total_is_that_of_its_kinds(entries):
    with Ledger() as book:
        for kind, amount in entries:
            spend("joules", kind, amount)
    assert book.total("joules") == pytest.approx(sum(amount for _, amount in entries))
    assert book.total("joules") == pytest.approx(sum(book.by_kind("joules").values()))


def test_digital_energy_is_that_of_the_table():
    assert digital_joules(1000, "int8") == pytest.approx(0.23e-9)
    with_memory = digital_joules(10, "fp32", weights_in="dram")
    assert with_memory == pytest.approx(10 * (4.6e-12 + 32 * 1300e-12 / 64))
    assert all(cost.source and cost.node for cost in (*MACS.values(), *MEMORY.values()))
    with pytest.raises(ConfigError, match=r"'int9'.*int8"):
        digital_joules(1, "int9")


def test_converters_cost_what_was_published_and_between_it_less_than_twice():
    for bits, cost in ADC.items():
        assert adc_joules(bits) == pytest.approx(cost.joules)
    assert adc_joules(8) < adc_joules(8.5) < adc_joules(9)
    with pytest.raises(ConfigError, match="4 to 12"):
        adc_joules(3)
