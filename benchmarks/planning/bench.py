"""Time decisions beside stable-worldmodel: `python benchmarks/planning/bench.py --peer PATH`.

The measuring code and how to get the peer are in `pellucid.experiments.bench_planning`.
"""

from __future__ import annotations

from pellucid.experiments.bench_planning import main

if __name__ == "__main__":
    raise SystemExit(main())
