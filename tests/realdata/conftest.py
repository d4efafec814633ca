"""The folder of real files, which are no part of the project.

``TIELINE_REALDATA`` names it; without it, it is looked for beside the repository. Where it is
absent these tests skip, unless ``TIELINE_REALDATA_REQUIRED=1`` makes that a failure.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def real_data() -> Path:
    folder = Path(os.environ.get("TIELINE_REALDATA") or REPOSITORY.parent / "shared" / "data")
    if folder.is_dir():
        return folder
    reason = f"no real files at {folder}; name their folder in TIELINE_REALDATA"
    if os.environ.get("TIELINE_REALDATA_REQUIRED") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
