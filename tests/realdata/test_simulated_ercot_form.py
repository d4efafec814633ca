"""What a simulated ERCOT writes has the form of the real files at hand."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from connectors.simulated.ercot_form import FORECAST, Document, forecast_csv, listing
from state.messages import AreaVolume, Series

pytestmark = pytest.mark.realdata

PUBLISHED_NS = 1_741_888_800 * 10**9
AREAS = ("Houston", "North", "South", "SystemTotal", "West")


def shape(text: str) -> str:
    """Return a text with every digit as one and the same."""
    return re.sub(r"\d", "0", text)


def test_a_list_of_documents_is_that_of_the_real_one(real_data: Path) -> None:
    real = json.loads((real_data / "ercot" / "load_forecast_by_forecast_zone.json").read_text())
    made = json.loads(listing([Document(FORECAST, "1" * 18, PUBLISHED_NS, 0)]))
    theirs, ours = (
        one["ListDocsByRptTypeRes"]["DocumentList"][0]["Document"] for one in (real, made)
    )
    told_by_numbers = {"DocID", "ContentSize"}
    assert list(ours) == list(theirs)
    assert {name: shape(ours[name]) for name in set(ours) - told_by_numbers} == {
        name: shape(theirs[name]) for name in set(theirs) - told_by_numbers
    }


def test_a_document_is_named_and_written_as_the_real_one(real_data: Path) -> None:
    volume = AreaVolume(
        market="ercot", series=Series.LOAD, run="7DA", interval_start_ns=PUBLISHED_NS,
        interval_seconds=3600, areas=AREAS, mw=np.arange(5.0),
    )  # fmt: skip
    document = Document(FORECAST, "1" * 18, PUBLISHED_NS, 0)
    made = document.zipped(forecast_csv([volume]))
    real = (real_data / "ercot" / "load_forecast_specific_reportid.zip").read_bytes()
    names, headers = [], []
    for body in (made, real):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            (member,) = archive.namelist()
            text = archive.read(member).decode()
        names.append(shape(member))
        headers.append(sorted(text.split("\n")[0].split(",")))
        assert "\r" not in text
        assert text.endswith("\n")
    assert names[0] == names[1]
    assert headers[0] == headers[1]
