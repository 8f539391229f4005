"""Time networks beside their public forms: `python benchmarks/networks/bench.py`.

The measuring code is in `pellucid.experiments.bench_networks`, the public forms beside it.
"""

from __future__ import annotations

from pellucid.experiments.bench_networks import main

if __name__ == "__main__":
    raise SystemExit(main())
