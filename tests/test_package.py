from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import pellucid


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_importing_the_package_imports_no_torch_and_is_quick() -> None:
    code = """
import sys, time
began = time.process_time()
import pellucid
print(time.process_time() - began)
print(sorted({"torch", "numpy", "gymnasium", "rich", "tyro"} & set(sys.modules)))
"""
    # The best of three: another process may be using the machine.
    runs = [_python(code).splitlines() for _ in range(3)]
    assert min(float(seconds) for seconds, _ in runs) < 0.2
    assert runs[0][1] == "[]"


@pytest.mark.parametrize("room", ["learning", "experiments", "cli"])
def test_importing_a_room_imports_no_torch(room: str) -> None:
    code = f"import sys, pellucid.{room}; print('torch' in sys.modules)"
    assert _python(code).strip() == "False"


@pytest.mark.parametrize("name", pellucid.__all__)
def test_every_public_name_exists(name: str) -> None:
    assert getattr(pellucid, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = pellucid.nonsense
    assert set(pellucid.__all__) <= set(dir(pellucid))


@pytest.mark.parametrize(
    "room",
    ["data", "experiments", "hardware", "learning", "networks", "studio", "transfer", "worlds"],
)
def test_no_public_name_of_a_room_is_hidden_by_a_module(room: str) -> None:
    """Once a module is imported, it is an attribute of its package: before any lazy name."""
    package = importlib.import_module(f"pellucid.{room}")
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert not modules & set(package.__all__)
