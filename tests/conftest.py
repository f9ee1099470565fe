"""Which tests may run beside each other: engines share the host's networks, so their suites take turns."""

from pathlib import Path
from typing import Final

import pytest

_SIDES: Final = {"clients": "engines", "conformance": "engines", "crash": "crash"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the suites that are hard on the machine into two groups (`--dist loadgroup`)."""
    for item in items:
        side = _SIDES.get(Path(str(item.path)).parent.name)
        if side is not None:
            item.add_marker(pytest.mark.xdist_group(side))
