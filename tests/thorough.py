"""How much a test run tries: all of it in continuous integration (`CI`), a third of it while one works."""

from __future__ import annotations

import os

FULL = os.environ.get("FAULTS") == "full"  # `make faults`: minutes
THOROUGH = FULL or bool(os.environ.get("CI"))
EXAMPLES = 100 if THOROUGH else 30  # of each promise that holds for all inputs
STRIDE = 1 if THOROUGH else 3  # from one place where a run is killed, or its disk fails, to the next
