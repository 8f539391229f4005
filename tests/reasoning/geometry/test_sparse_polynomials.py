import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.reasoning.geometry import rings
from pellucid.reasoning.geometry.algebra import prove
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.rings import FlintRing, integer_root, square_divisor
from pellucid.reasoning.geometry.sparse_polynomials import Sparse, SparseRing

NAMES = ("s1", "u1", "u2")
RING = SparseRing(NAMES)
POLYNOMIALS = st.dictionaries(
    st.tuples(*[st.integers(0, 2)] * 3), st.integers(-6, 6).filter(bool), min_size=1, max_size=4
).map(lambda table: Sparse(table, NAMES))


@settings(max_examples=40, deadline=None)
@given(POLYNOMIALS, POLYNOMIALS, POLYNOMIALS)
def test_the_plain_ring_agrees_with_flint(a, b, c):
    pytest.importorskip("flint")
    flint = FlintRing(NAMES)
    x, y, z = (flint._context.from_dict(p.table) for p in (a, b, c))
    assert str(a * b - c) == str(x * y - z)
    assert str(RING.gcd(a * b, a * c)) == str(flint.gcd(x * y, x * z))
    assert RING.divide(a * b, a) == b
    assert RING.content(a) == flint.content(x)
    assert tuple(RING.degrees(a)) == tuple(flint.degrees(x))
    assert RING.terms(a) == flint.terms(x)
    assert [str(p) for p in RING.split(a, 1)] == [str(p) for p in flint.split(x, 1)]


@settings(max_examples=40, deadline=None)
@given(POLYNOMIALS, POLYNOMIALS)
def test_squares_are_seen(a, b):
    assert RING.root(a * a) in (a, -a)
    number, factors = RING.squarefree(a * a * b)
    product = RING.constant(number)
    for factor, power in factors:
        product = product * factor**power
    assert product == a * a * b


def test_no_root_and_no_remainder():
    u = RING.variable(1)
    assert RING.root(u) is None
    assert RING.root(u * u * 2) is None
    s = RING.variable(0)
    assert RING.remainder(s * s * u + s, s * s - u) == u * u + s
    assert str(RING.constant(0)) == "0"
    assert integer_root(49) == 7
    assert integer_root(-4) is None
    assert square_divisor(72) == 6


def test_without_flint_small_problems_are_proved_all_the_same(monkeypatch):
    def missing(names):
        raise ImportError

    monkeypatch.setattr(rings, "FlintRing", missing)
    text = "a b c = triangle; i = incenter a b c; d = foot i b c; e = foot i c a ? cong i d i e"
    result = prove(parse(text))
    assert result.status == "proved"
    assert isinstance(rings.make_ring(("u1",)), SparseRing)
