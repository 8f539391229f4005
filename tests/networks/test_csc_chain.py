from __future__ import annotations

import pytest
from test_csc import classifier, pictures

from pellucid.errors import ConfigError
from pellucid.networks.csc_chain import Link, chain
from pellucid.networks.csc_explain import explain


def walk(link: Link) -> list[Link]:
    return [link, *(found for below in link.below for found in walk(below))]


def test_a_chain_reaches_from_the_class_to_the_pixels() -> None:
    network, picture = classifier(1), pictures(1, 1)[0]
    root = chain(network, picture, 2, width=2)
    assert root.part is None
    assert root.explanation.target == 2
    assert [link.part.unit.layer for link in root.below] == [2, 2]
    link = root
    for layer in (2, 1, 0):
        link = link.below[0]
        assert link.part.unit.layer == layer
        assert link.explanation.value == pytest.approx(link.part.amount)
    assert link.below == ()
    assert link.account.name == "pixels"
    assert link.rest == link.explanation.value


def test_nothing_is_lost_at_any_link() -> None:
    network, picture = classifier(2), pictures(2, 1)[0]
    links = walk(chain(network, picture, width=3))
    assert len(links) > 10
    for link in links:
        named = sum(below.part.contribution for below in link.below)
        assert named + link.rest == pytest.approx(link.explanation.value)
        assert link.account.total == pytest.approx(link.explanation.value)
        assert link.explanation.check() < 1e-9


def test_the_links_are_the_parts_of_the_account() -> None:
    network, picture = classifier(3), pictures(3, 1)[0]
    root = chain(network, picture, width=2, depth=1)
    expected = explain(network, picture, top=2)
    assert [link.part.unit for link in root.below] == [p.unit for p in expected.layers[-1].parts]
    assert all(link.below == () for link in root.below)


def test_a_chain_follows_something() -> None:
    with pytest.raises(ConfigError, match="at least one part"):
        chain(classifier(), pictures(0, 1)[0], width=0)
