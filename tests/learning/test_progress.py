from __future__ import annotations

import io
import re
import time

import pytest

from pellucid.learning.progress import Bar, Lines, Silent, choose_progress, clock, show


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_stream_decides() -> None:
    assert isinstance(choose_progress(io.StringIO()), Lines)
    assert isinstance(choose_progress(Terminal()), Bar)


def test_lines_come_first_then_seldom_then_last() -> None:
    stream = io.StringIO()
    lines = Lines(stream, seconds=0.05)
    lines.say("hello")
    with lines.task("training") as report:
        for step in range(4):
            report(step / 4, {"loss": 1.0 / (step + 1)})
        time.sleep(0.06)
        report(0.9, {})
        report(1.0, {"loss": 0.125})
    assert stream.getvalue().splitlines() == [
        "hello",
        "training   0%  0:00  loss 1",
        "training  90%  0:00",
        "training 100%  0:00  loss 0.125",
    ]


def test_the_last_line_is_shown_when_the_task_fails() -> None:
    stream = io.StringIO()

    def fail() -> None:
        with Lines(stream).task("t") as report:
            report(0.1, {})
            report(0.2, {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert "20%" in stream.getvalue()


def test_a_bar_draws_what_is_reported() -> None:
    stream = Terminal()
    bar = Bar(stream)
    bar.say("hello")
    with bar.task("training") as report:
        report(0.5, {"loss": 0.25})
        report(1.0, {"loss": 0.125})
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    assert text.startswith("hello\n")
    assert "training" in text
    assert "100%" in text
    assert "loss 0.125" in text


def test_silence(capsys: pytest.CaptureFixture[str]) -> None:
    with Silent().task("t") as report:
        report(0.5, {"loss": 1.0})
    Silent().say("hello")
    assert capsys.readouterr() == ("", "")


def test_numbers_and_times_in_words() -> None:
    assert show({"loss": 0.123456, "step": 12}) == "loss 0.1235  step 12"
    assert [clock(s) for s in (0, 59.6, 61, 3725)] == ["0:00", "1:00", "1:01", "1:02:05"]
