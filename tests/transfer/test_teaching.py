import pytest
import torch
from torch import nn

from pellucid.errors import ConfigError, DataError
from pellucid.hardware.ledger import Ledger
from pellucid.transfer.message import Labels, SoftTargets
from pellucid.transfer.teaching import mistaken, teach, tell


class Trembling(nn.Module):
    """Says x with noise."""

    def __init__(self, seed):
        super().__init__()
        self.draw = torch.Generator().manual_seed(seed)

    def forward(self, x):
        return x + torch.randn(x.shape, generator=self.draw)


@pytest.fixture
def queries():
    return 4 * torch.randn(200, 10, generator=torch.Generator().manual_seed(0))


def test_what_is_heard_is_what_the_wire_carried(queries):
    with Ledger() as book:
        lesson = teach(nn.Identity(), queries, codec="uint8", temperature=3)
    centred = queries - queries.mean(1, keepdim=True)
    step = float(centred.max() - centred.min()) / 255
    assert (lesson.logits - centred).abs().max() <= 0.51 * step
    assert not torch.equal(lesson.logits, centred)
    assert book.by_kind("bits") == {"soft targets": SoftTargets(centred, codec="uint8").bits}
    assert lesson.temperature == 3
    assert book.total("bits") == pytest.approx(80 * 200, rel=0.02)  # 8 bits a logit


def test_a_teacher_that_trembles_is_asked_several_times(queries):
    centred = queries - queries.mean(1, keepdim=True)

    def error(reads):
        heard = teach(Trembling(1), queries, codec="fp32", reads=reads).logits
        return float((heard - centred).std())

    assert error(16) == pytest.approx(error(1) / 4, rel=0.1)


def test_a_class_alone_takes_four_bits(queries):
    with Ledger() as book:
        lesson = tell(nn.Identity(), queries)
    assert torch.equal(lesson.labels, queries.argmax(1))
    assert book.by_kind("bits") == {"labels": Labels(queries.argmax(1), 10).bits}
    assert book.total("bits") == pytest.approx(4 * 200, rel=0.2)


def test_a_mistaken_teacher_errs_as_often_as_it_should():
    draw = torch.Generator().manual_seed(0)
    labels = torch.randint(10, (20_000,), generator=draw)
    said = mistaken(labels, 0.3, 10, generator=draw)
    wrong = said != labels
    assert float(wrong.float().mean()) == pytest.approx(0.3, abs=0.01)
    shift = ((said - labels) % 10)[wrong]
    assert torch.bincount(shift, minlength=10)[1:].float().std() < 60  # evenly over the others
    assert torch.equal(mistaken(labels, 0.0, 10, generator=draw), labels)
    assert not (mistaken(labels, 1.0, 10, generator=draw) == labels).any()


def test_errors(queries):
    with pytest.raises(ConfigError, match="reads=0"):
        teach(nn.Identity(), queries, reads=0)
    with pytest.raises(ConfigError, match="share=2"):
        mistaken(torch.zeros(3, dtype=torch.int64), 2, 10, generator=torch.Generator())
    with pytest.raises(DataError, match="no class to mistake"):
        mistaken(torch.zeros(3, dtype=torch.int64), 0.5, 1, generator=torch.Generator())
