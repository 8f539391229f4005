"""A wide, shallow ReLU network rewritten as a narrow, deep one that is equal to it, exactly.

    wide = ExactNetwork.of(nn.Sequential(nn.Linear(5, 60), nn.ReLU(), nn.Linear(60, 1)))
    deep = narrow(wide)              # 60 layers, at most 2 * 5 + 3 units each, equal on all of R^5
    deep = narrow(wide, box=10)      # at most 5 + 3 units, equal where every |x_i| <= 10

Each layer does the work of one hidden unit: beside it stand copies of the input and what was summed
so far, its positive and its negative part apart, so that ReLU leaves both as they are. A case of
the exact representation in Vardi, Yehudai and Shamir 2022 (arXiv 2202.03841, abstract); the
construction is written from the statement.
"""

from __future__ import annotations

from fractions import Fraction

from torch import nn

from pellucid.errors import ConfigError
from pellucid.reasoning.exact_network import Affine, ExactNetwork, Number

Row = list[Fraction]


def narrow(network: ExactNetwork | nn.Module, *, box: Number | None = None) -> ExactNetwork:
    """The same function by as many hidden layers as the network has hidden units.

    Of d inputs and m outputs every layer has at most d + 1 + 2 m units if only points with
    |x_i| <= box matter, and 2 d + 1 + 2 m for all points; with one output d + 3 and 2 d + 3.

    Raises
    ------
    ConfigError
        If the network has not exactly one hidden layer, or the box is not positive.
    """
    wide = network if isinstance(network, ExactNetwork) else ExactNetwork.of(network)
    if len(wide.layers) != 2:
        raise ConfigError(
            f"the network has {len(wide.layers) - 1} hidden layers: narrow takes exactly one"
        )
    if box is not None and box <= 0:
        raise ConfigError(f"box is {box}: give the largest |x_i| that matters, above 0")
    return _Narrowing(wide, None if box is None else Fraction(box)).network()


class _Narrowing:
    """Builds the layers; units are in the order copies, the hidden unit, sums up, sums down."""

    def __init__(self, wide: ExactNetwork, box: Fraction | None) -> None:
        self.hidden, self.last = wide.layers
        self.box = box
        self.d, self.n, self.m = self.hidden.inputs, self.hidden.outputs, self.last.outputs
        self.copies = self.d if box is not None else 2 * self.d

    def network(self) -> ExactNetwork:
        """All layers."""
        layers = [self._first(), *(self._next(k) for k in range(1, self.n)), self._end()]
        return ExactNetwork(tuple(layers))

    def _first(self) -> Affine:
        rows, biases = [], []
        for i in range(self.d):
            for sign in (1,) if self.box is not None else (1, -1):
                rows.append([Fraction(sign * (i == j)) for j in range(self.d)])
                # Shifted by the box, an input is never negative.
                biases.append(self.box or Fraction(0))
        rows.append(list(self.hidden.weight[0]))
        biases.append(self.hidden.bias[0])
        if self.n == 1:
            rows, biases = rows[-1:], biases[-1:]
        return Affine.of(rows, biases)

    def _next(self, k: int) -> Affine:
        """The layer of hidden unit k, which reads those of unit k - 1."""
        width = self.copies + 1 + (2 * self.m if k > 1 else 0)
        rows: list[Row] = []
        if k < self.n - 1:
            rows += [_unit(width, c) for c in range(self.copies)]
        weight, bias = self._from_copies(k, width)
        rows.append(weight)
        biases = [Fraction(0)] * (len(rows) - 1) + [bias]
        for sign in (1, -1):
            for output in range(self.m):
                rows.append(self._summed(k, output, sign, width))
                biases.append(Fraction(0))
        return Affine.of(rows, biases)

    def _from_copies(self, k: int, width: int) -> tuple[Row, Fraction]:
        """Hidden unit k from the copies of the input."""
        row, bias = [Fraction(0)] * width, self.hidden.bias[k]
        for i, w in enumerate(self.hidden.weight[k]):
            if self.box is not None:
                row[i] = w
                bias -= w * self.box
            else:
                row[2 * i], row[2 * i + 1] = w, -w
        return row, bias

    def _summed(self, k: int, output: int, sign: int, width: int) -> Row:
        """The sum of what hidden units before k add to an output, of one sign."""
        row = [Fraction(0)] * width
        row[self.copies] = max(sign * self.last.weight[output][k - 1], Fraction(0))
        if k > 1:
            row[self.copies + 1 + (0 if sign > 0 else self.m) + output] = Fraction(1)
        return row

    def _end(self) -> Affine:
        """The outputs: what was summed, and the last hidden unit."""
        width = 1 + (2 * self.m if self.n > 1 else 0)
        rows = []
        for output in range(self.m):
            row = [Fraction(0)] * width
            row[0] = self.last.weight[output][self.n - 1]
            if self.n > 1:
                row[1 + output], row[1 + self.m + output] = Fraction(1), Fraction(-1)
            rows.append(row)
        return Affine.of(rows, self.last.bias)


def _unit(width: int, place: int) -> Row:
    return [Fraction(place == j) for j in range(width)]
