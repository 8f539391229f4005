"""The command `pellucid`: find the verb, read its options, run it, and say in one line what failed.

A verb is a module of this package with a frozen dataclass `Options`, whose fields carry their help,
and `main(options) -> int`. It is imported when it is called, and imports what is slow (torch) in
`main`, so that help comes at once. Exit codes: 0 done, 1 a claim does not hold, 2 something that
the user can mend, 130 interrupted.
"""

from __future__ import annotations

import dataclasses
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from pellucid import __version__
from pellucid.errors import PellucidError, nearest

INTERRUPTED = 130
BROKEN_PIPE = 141


@dataclass(frozen=True)
class Verb:
    """Where a command is, and what it does in one line."""

    module: str
    help: str


VERBS = {
    "demo": Verb(
        "pellucid.cli.demo", "the main job: record a world, learn it, plan in it, show it"
    ),
    "record": Verb("pellucid.cli.record", "record episodes from an environment"),
    "train": Verb("pellucid.cli.train", "learn a world from recorded episodes"),
    "evaluate": Verb("pellucid.cli.evaluate", "measure a trained agent on a fixed manifest"),
    "act": Verb("pellucid.cli.act", "let a trained agent act"),
    "prove": Verb("pellucid.cli.prove", "prove a statement of geometry, or say what fails"),
    "check": Verb("pellucid.cli.check", "check certificates and proofs without the provers"),
    "geometry": Verb("pellucid.cli.geometry", "discover facts, bench sets, synthesize theorems"),
    "gears": Verb("pellucid.cli.gears", "answer a problem about gears in words, and say why"),
    "run": Verb("pellucid.cli.run", "test a claim: run an experiment and print its table"),
    "claims": Verb("pellucid.cli.claims", "list all claims with their last result"),
    "gallery": Verb(
        "pellucid.cli.gallery", "natural signals in pictures, with the code that makes them"
    ),
    "bench": Verb("pellucid.cli.bench", "measure speed"),
    "doctor": Verb("pellucid.cli.doctor", "say what this machine has and what is missing"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (the process's own by default) and return the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _dispatch(words)
        # Here, while a reader that has gone can still be told from a defect.
        sys.stdout.flush()
        return code
    except PellucidError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        _complain("interrupted: what was finished is kept, and trainings continue when repeated")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`| head`). Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        if error.errno not in _ADVICE:
            raise
        where = f" at {error.filename}" if error.filename else ""
        return _complain(f"{error.strerror}{where}: {_ADVICE[error.errno]}")


_FULL = "free some space and repeat the command; what was saved before is intact"
_FORBIDDEN = "choose a place where you may write, or mend its permissions"
_ADVICE = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: _FORBIDDEN,
}
"""What to do about errors of the system that are not ours."""


def usage() -> str:
    """The help of the command itself."""
    width = max(map(len, VERBS)) + 2
    lines = [f"  {name:<{width}}{verb.help}" for name, verb in VERBS.items()]
    return "\n".join(
        [
            "usage: pellucid COMMAND [OPTIONS]",
            "",
            "Agents whose minds can be read: world models, planning and white-box networks.",
            "",
            "commands:",
            *lines,
            "",
            "pellucid COMMAND --help lists the options of a command.",
            "",
        ]
    )


def _dispatch(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        sys.stdout.write(usage())
        return 0
    if words[0] == "--version":
        sys.stdout.write(f"pellucid {__version__}\n")
        return 0
    if words[0] not in VERBS:
        return _complain(f"no command is called '{words[0]}': {nearest(words[0], VERBS)}")
    return _run(words[0], words[1:])


def _run(name: str, words: list[str]) -> int:
    module = importlib.import_module(VERBS[name].module)
    try:
        code: int = module.main(_options(module, name, words))
    except SystemExit as leaving:
        # By help, 0, and by a usage error, 2, which tyro has explained.
        return leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 2
    return code


def _options(module: ModuleType, name: str, words: list[str]) -> object:
    import tyro

    # A verb may let some words decide the defaults of others (a recipe, of its settings).
    defaults = getattr(module, "default", None)
    replaced = {} if defaults is None else defaults(words)
    for field in dataclasses.fields(module.Options) if replaced else ():
        if field.name not in replaced:
            missing = field.default is dataclasses.MISSING
            replaced[field.name] = tyro.MISSING if missing else field.default
    # A default of None would be one of several commands of a verb.
    default = {"default": module.Options(**replaced)} if replaced else {}
    return tyro.cli(
        module.Options,
        args=words,
        prog=f"pellucid {name}",
        config=(tyro.conf.FlagCreatePairsOff,),
        **default,
    )


def _complain(message: str) -> int:
    """One line on standard error; the exit code of what the user can mend."""
    sys.stderr.write("pellucid: " + " ".join(message.split()) + "\n")
    return 2
