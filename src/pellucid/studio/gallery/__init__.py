"""Natural signals in pictures: each module here is one exhibit, made by the code that is shown.

An exhibit is a module whose docstring is its title and its caption, and whose `draw()` makes its
figure from data that everybody has: photographs that come with scikit-learn, and MNIST.
`pellucid gallery` makes the page (`pellucid.studio.gallery_page`).
"""

EXHIBITS = (
    "simple_cells",
    "complex_cells",
    "landmarks",
    "strokes_parts_digits",
    "between_digits",
    "evidence",
    "shuffled_pixels",
    "retina",
)
"""The exhibits in the order of the page."""
