"""Time sparse inference beside its peers: `python benchmarks/sparse-coding/bench.py`.

The measuring code is in `pellucid.experiments.bench_sparse_coding`.
"""

from __future__ import annotations

from pellucid.experiments.bench_sparse_coding import main

if __name__ == "__main__":
    raise SystemExit(main())
