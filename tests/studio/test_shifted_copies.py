import numpy as np
import pytest

from pellucid.studio.figures import shifted_copies


def test_a_moved_copy_is_found_and_others_are_not() -> None:
    atoms = np.zeros((3, 1, 5, 5))
    atoms[0, 0, 0, :3] = atoms[1, 0, 3, 2:] = [1.0, -2.0, 1.0]
    atoms[2, 0, :3, 1] = 1.0
    copies = shifted_copies.nearest_copies(atoms)
    assert copies[:2] == pytest.approx(1)
    assert copies[2] == pytest.approx(2 / 18**0.5)
    figure = shifted_copies.draw({"line": atoms, "one": atoms[:1]})
    line, one, shares = figure.axes
    shown = np.asarray(line.get_images()[0].get_array())
    np.testing.assert_allclose(shown[1:6, 1:6, 0], 0.5 + 0.25 * atoms[0, 0])
    np.testing.assert_allclose(shares.lines[0].get_xdata(), np.sort(copies))
    np.testing.assert_allclose(shares.lines[0].get_ydata(), [1, 2 / 3, 1 / 3])
    np.testing.assert_allclose(shares.lines[1].get_xdata(), [0])
    assert one.get_title(loc="left") == "one"
