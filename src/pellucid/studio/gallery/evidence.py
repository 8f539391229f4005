"""Why this digit? A decision that is the sum of its landmarks

A linear map reads the features of the transform. A logit is a constant of its class and the sum
over landmarks at places, to the last digit: nothing is approximated. Blue argues for the class,
orange against it; the landmarks are those that say most, with what they add.
"""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from pellucid.data import load_images
from pellucid.learning import ReadableClassifier, SparseManifoldTransform
from pellucid.studio.figures import style

LANDMARKS = 6


@style.styled
def draw() -> Figure:
    """Two digits that are easily mistaken, and the evidence for two classes of each."""
    images = load_images("mnist")
    known, new = (
        part[:3000].reshape(-1, 784) / np.float32(255)
        for part in (images.train_images, images.test_images)
    )
    model = ReadableClassifier(
        SparseManifoldTransform(
            48, shape=(28, 28), patch_size=8, threshold=0.5, max_samples=500, random_state=0
        )
    ).fit(known, images.train_labels[:3000])
    layer = model.features_.layer_
    drawn = (layer.atoms @ layer.whitening.inverse()).reshape(-1, 8, 8).numpy()
    logits = np.sort(model.decision_function(new), axis=1)
    nearly = np.argsort(logits[:, -1] - logits[:, -2])
    right = model.predict(new) == images.test_labels[:3000]
    for_and_against = LinearSegmentedColormap.from_list(
        "evidence", [style.FAILED, "white", style.SOLVED]
    )
    figure, axes = style.panels(2 + LANDMARKS, 4, height=1.5)
    for number, picture in enumerate(nearly[right[nearly]][[20, 21]]):
        evidence = model.explain(new[picture])
        first = np.argsort(-evidence.logits)[:2]
        for row, k in enumerate(first):
            panels = axes[(2 * number + row) * (2 + LANDMARKS) :][: 2 + LANDMARKS]
            for panel in panels:
                panel.set_axis_off()
            panels[0].imshow(new[picture].reshape(28, 28), cmap="gray")
            panels[0].set_title(f"{evidence.classes[k]}: {evidence.logits[k]:+.2f}", fontsize=9)
            where = evidence.by_place()[k]
            most = np.abs(where).max()
            panels[1].imshow(where, cmap=for_and_against, vmin=-most, vmax=most)
            panels[1].set_title(f"sum {where.sum():+.2f}", fontsize=9)
            each = evidence.by_atom()[k]
            for panel, atom in zip(panels[2:], np.argsort(-np.abs(each)), strict=False):
                panel.imshow(drawn[atom], cmap="gray")
                colour = style.SOLVED if each[atom] > 0 else style.FAILED
                panel.set_title(f"{each[atom]:+.3f}", fontsize=9, color=colour)
    return figure
