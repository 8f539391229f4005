import pytest
import torch

from pellucid.errors import ConfigError, DataError
from pellucid.hardware import Ledger
from pellucid.transfer import Labels, Loopback, Ranks, SoftTargets, send


def test_what_arrives_is_what_the_bytes_hold():
    third = torch.full((1, 2), 1 / 3)
    with Ledger() as book:
        exact, heard = send(SoftTargets(third, "fp32")), send(SoftTargets(third, "bf16"))
    assert torch.equal(exact.values, third)
    assert exact.values is not third
    assert heard.values.tolist() == [[0.333984375, 0.333984375]]  # 171 / 512
    assert book.by_kind("bits") == {"soft targets": 8 * (8 + 9 + 8) + 8 * (8 + 9 + 4)}


def test_all_hear_all_and_each_message_is_counted_once_by_kind():
    channel = Loopback(3)
    with Ledger() as book:
        heard = channel.exchange([Labels(torch.full((4 * n,), n), 4) for n in range(3)])
        send(SoftTargets(torch.zeros(1, 1)))
    assert [m.labels.tolist() for m in heard] == [[], [1] * 4, [2] * 8]
    assert book.by_kind("bits")["labels"] == channel.bits == 8 * (3 * (8 + 6) + 0 + 1 + 2)
    assert set(book.by_kind("bits")) == {"labels", "soft targets"}
    assert list(channel.mine) == [0, 1, 2]


def test_what_does_not_fit_is_refused():
    with pytest.raises(DataError, match="1 messages of 2 members"):
        Loopback(2).exchange([Labels(torch.tensor([0]), 2)])
    with pytest.raises(ConfigError, match="members=0"):
        Loopback(0)
    with pytest.raises(ConfigError, match="start this by torchrun"):
        Ranks()
