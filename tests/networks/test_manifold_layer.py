import pytest
import torch
from torch.nn import functional as F

from pellucid.errors import DataError
from pellucid.networks import manifold
from pellucid.networks.manifold import ManifoldLayer


def layer(atoms=7, *, threshold=0.5, kernel=(3, 3), channels=1, centred=True, quiet=0.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    size = channels * kernel[0] * kernel[1]
    rows = torch.randn(atoms, size, generator=generator, dtype=torch.float64)
    rows = F.normalize(rows - rows.mean(1, keepdim=True), dim=1)
    return ManifoldLayer(
        kernel,
        torch.eye(size, dtype=torch.float64),
        rows,
        torch.randn(atoms, 4, generator=generator, dtype=torch.float64),
        threshold=threshold,
        quiet=quiet,
        centred=centred,
    )


def pictures(count=3, channels=1, height=8, width=9, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, channels, height, width, generator=generator, dtype=torch.float64)


def dense(own, maps):
    """The code (R, A) by its definition, a patch at a time."""
    code = []
    for picture in maps:
        for top in range(picture.shape[1] - own.kernel[0] + 1):
            for left in range(picture.shape[2] - own.kernel[1] + 1):
                patch = picture[:, top : top + own.kernel[0], left : left + own.kernel[1]].flatten()
                patch = patch - patch.mean()
                near = own.atoms @ patch / patch.norm()
                ones = near >= own.threshold if own.threshold is not None else near > 9
                if not ones.any():
                    ones[near.argmax()] = True
                code.append(ones)
    return torch.stack(code)


@pytest.mark.parametrize("threshold", [0.3, 0.9, None])
def test_codes_are_those_of_the_definition(threshold, monkeypatch):
    own, maps = layer(threshold=threshold), pictures()
    expected = dense(own, maps)
    for cells in (1 << 23, 50):  # all at once, and seven patches at a time
        monkeypatch.setattr(manifold, "CELLS", cells)
        active = own.active(maps)
        found = torch.zeros_like(expected)
        found[active.patch, active.atom] = True
        assert torch.equal(found, expected)
        assert active.loud.all()


def test_embeddings_are_sums_of_the_atoms_places_of_length_one():
    own, maps = layer(), pictures()
    sums = dense(own, maps).double() @ own.projection
    expected = F.normalize(sums, dim=1).reshape(3, 6, 7, 4).movedim(-1, 1)
    torch.testing.assert_close(own.embed(maps), expected)


def test_brightness_and_contrast_change_nothing():
    own, maps = layer(), pictures()
    torch.testing.assert_close(own.embed(0.01 * maps + 5), own.embed(maps))


def test_flat_patches_are_quiet():
    own, maps = layer(quiet=1e-3), pictures()
    maps[0] = 3.0
    maps[1, :, :4] = 0.0
    embedded = own.embed(maps)
    assert not embedded[0].any()
    assert not embedded[1, :, :2].any()
    torch.testing.assert_close(
        embedded[2].norm(dim=0), torch.ones(6, 7, dtype=torch.float64), rtol=1e-6, atol=1e-6
    )
    assert torch.equal(own.active(maps).loud[:42], torch.zeros(42, dtype=torch.bool))


def test_one_picture_is_embedded_as_among_others():
    own, maps = layer(channels=2), pictures(channels=2)
    torch.testing.assert_close(own.embed(maps[1:2]), own.embed(maps)[1:2])


def test_shifts_of_a_picture_shift_its_map():
    own, maps = layer(), pictures(height=12, width=12)
    shifted = own.embed(maps.roll((2, 1), (2, 3)))
    torch.testing.assert_close(shifted[:, :, 2:, 1:], own.embed(maps)[:, :, :-2, :-1])


@pytest.mark.parametrize("shape", [(3, 1, 2, 9), (3, 2, 8, 9), (1, 8, 9)])
def test_maps_without_its_patches_are_refused(shape):
    with pytest.raises(DataError, match="have no patches of 9 numbers in 3 x 3 places"):
        layer().embed(torch.randn(shape, dtype=torch.float64))
