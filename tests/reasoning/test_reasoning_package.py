"""Public names are found, and cost nothing until they are used."""

import importlib
import subprocess
import sys

import pytest

PACKAGES = ("pellucid.reasoning", "pellucid.reasoning.tasks", "pellucid.reasoning.gears")


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_is_there(name):
    package = importlib.import_module(name)
    for public in package.__all__:
        assert getattr(package, public).__name__ == public
    assert sorted(package.__all__) == package.__dir__()
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        package.Nothing  # noqa: B018


def test_gears_in_words_and_tasks_need_no_torch():
    code = (
        "import sys; from pellucid.reasoning import solve; from pellucid.reasoning.tasks import "
        "Arithmetic, Membership; from pellucid.reasoning.gears import answer, read_problem; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
