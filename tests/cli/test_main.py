from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import pytest

from pellucid import __version__
from pellucid.cli.main import VERBS, Verb, main
from pellucid.errors import CheckpointError

RUN = [sys.executable, "-c", "import sys; from pellucid.cli.main import main; sys.exit(main())"]


@dataclass(frozen=True)
class Options:
    """A verb of the tests."""

    width: int = 3
    """How wide."""


class FakeVerb(ModuleType):
    """A verb whose work the test chooses."""

    Options = Options

    def __init__(self) -> None:
        super().__init__("fake_verb")
        self.work: Callable[[Options], int] = lambda options: options.width

    def main(self, options: Options) -> int:
        return self.work(options)


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> FakeVerb:
    module = FakeVerb()
    monkeypatch.setitem(sys.modules, "fake_verb", module)
    monkeypatch.setitem(VERBS, "fake", Verb("fake_verb", "a verb of the tests"))
    return module


def _raise(error: BaseException) -> Callable[[Options], int]:
    def work(options: Options) -> int:
        raise error

    return work


def test_help_imports_nothing_slow_and_is_quick() -> None:
    code = """
import sys, time
began = time.process_time()
from pellucid.cli.main import main
assert main(["--help"]) == 0
print(time.process_time() - began)
print(sorted({"torch", "numpy", "rich", "tyro"} & set(sys.modules)))
"""
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert min(float(run.stdout.splitlines()[-2]) for run in runs) < 0.5
    assert runs[0].stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", ["run", "claims", "bench", "doctor"])
def test_the_help_of_a_verb_imports_no_torch(name: str) -> None:
    code = f"""
import sys
from pellucid.cli.main import main
assert main(["{name}", "--help"]) == 0
assert "torch" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"usage: pellucid {name}" in done.stdout


@pytest.mark.parametrize("words", [[], ["-h"], ["--help"], ["help"]])
def test_help_lists_every_verb(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    text = capsys.readouterr().out
    assert all(f"  {name} " in text and verb.help in text for name, verb in VERBS.items())
    assert max(map(len, text.splitlines())) <= 80


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"pellucid {__version__}\n"


def test_an_unknown_verb_is_named_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tarin"]) == 2
    captured = capsys.readouterr()
    assert captured.err == "pellucid: no command is called 'tarin': did you mean 'train'?\n"
    assert captured.out == ""


def test_options_reach_the_verb_and_its_code_comes_back(verb: FakeVerb) -> None:
    assert main(["fake"]) == 3
    assert main(["fake", "--width", "1"]) == 1


@pytest.mark.parametrize("words", [["--widht", "3"], ["--width", "x"], ["extra"]])
def test_a_mistaken_option_exits_with_2(
    verb: FakeVerb, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fake", *words]) == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (CheckpointError("m is damaged:\ntrain again"), 2, "m is damaged: train again"),
        (KeyboardInterrupt(), 130, "interrupted: what was finished is kept"),
        (OSError(errno.ENOSPC, "No space left on device"), 2, "No space left on device: free"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 2, "Permission denied at /x: "),
    ],
)
def test_what_the_user_can_mend_is_one_line(
    verb: FakeVerb,
    error: BaseException,
    code: int,
    line: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    verb.work = _raise(error)
    assert main(["fake"]) == code
    text = capsys.readouterr().err
    assert text.startswith(f"pellucid: {line}")
    assert text.count("\n") == 1


@pytest.mark.parametrize(
    "error", [RuntimeError("ours"), ValueError("ours"), OSError(errno.EIO, "disk broken")]
)
def test_what_is_our_mistake_keeps_its_trace(verb: FakeVerb, error: Exception) -> None:
    verb.work = _raise(error)
    with pytest.raises(type(error)):
        main(["fake"])


def test_a_verb_that_exits_by_itself_gives_its_code(verb: FakeVerb) -> None:
    for leaving, code in ((SystemExit(1), 1), (SystemExit(None), 0), (SystemExit("no"), 2)):
        verb.work = _raise(leaving)
        assert main(["fake"]) == code


def test_a_reader_that_has_gone_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*RUN, "--help"], stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert done.stderr == ""
    assert done.returncode == 141


def test_the_package_can_be_run_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pellucid", "--help"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("usage: pellucid COMMAND")
    wrong = subprocess.run([sys.executable, "-m", "pellucid", "trian"], capture_output=True)
    assert wrong.returncode == 2
