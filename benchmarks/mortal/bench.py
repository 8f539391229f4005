"""Time mortal devices beside their peer: `python benchmarks/mortal/bench.py`.

The measuring code is in `pellucid.experiments.bench_mortal`.
"""

from __future__ import annotations

from pellucid.experiments.bench_mortal import main

if __name__ == "__main__":
    raise SystemExit(main())
