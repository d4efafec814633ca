"""Every clause of the policies in force: what it says, how it stands, what is unconfirmed."""

from __future__ import annotations

from dashboards import formats
from dashboards.tiles.limit_marks import waived_words
from dashboards.tiles.tile import Scene
from state.screens.policy_seen import ClauseRow

_WORDS = {
    "ok": "OK",
    "warn": "WARN",
    "breach": "BREACH",
    "unknown": "UNKNOWN",
    "not_applicable": "not applicable",
    "unread": "no number set",
    "unasked": "before each trade",
    "duty": "duty",
    "owed": "OWED",
    "late": "LATE",
    "text": "",
    "kept": "last kept",
    "improved": "last kept",
    "breached": "last rejected",
    "worsened": "last rejected",
    "prohibited": "last rejected",
    "referred": "last referred",
}
"""How a clause stands, in words."""

_URGENCY = (
    "breach",
    "late",
    "unknown",
    "warn",
    "breached",
    "worsened",
    "prohibited",
    "referred",
    "owed",
    "ok",
)
_PILLS = {
    "breach": "breach",
    "late": "breach",
    "owed": "warn",
    "warn": "warn",
    "unknown": "unknown",
    "ok": "ok",
}
_SURENESS = {"certain": "", "likely": "likely", "unknown": "UNCONFIRMED"}
FILTERS = ("breach", "warn", "unknown", "rejected", "unconfirmed", "tolerance", "trading limit",
           "credit limit", "duty")  # fmt: skip
"""What people look for most, as buttons."""


def values(scene: Scene) -> dict[str, object]:
    """Return one line a clause that holds what is searched.

    What asks for somebody comes first, then what a figure is held against; the rest, and each of
    these groups, in the order of the source.
    """
    view = scene.frame.policy
    if view is None or not view.rows:
        return {"waiting": "no policy is in force yet", "lines": []}
    lines = [line(row, scene.zone) for row in sorted(view.rows, key=_urgency)]
    found = [each for each in lines if scene.choice.finds(str(each["searched"]))]
    return {
        "waiting": "",
        "lines": found,
        "total": len(lines),
        "policies": view.policies,
        "find": scene.choice.find,
        "filters": [(name, scene.choice.wanted == name) for name in FILTERS],
        "counts": _counts(view.rows),
        "age": scene.frame.age_of(view.at_ns),
    }


def line(row: ClauseRow, zone: str) -> dict[str, object]:
    """Return one clause in words, times in a zone."""
    word, sureness = _WORDS[row.state], _SURENESS[row.sureness]
    spread = f"{row.open} of {row.instances} in breach" if row.open else ""
    words = (row.policy, row.clause, row.part, row.title, row.says, word, sureness, row.where)
    return {
        "key": f"{row.policy}/{row.id}",
        "clause": row.clause,
        "part": row.part,
        "title": row.title,
        "says": row.says,
        "sureness": sureness,
        "pill": _PILLS.get(row.state, ""),
        "word": word,
        "has_cases": row.open > 0 or row.state in {"breach", "unknown", "warn", "late"},
        "waived": waived_words(row.waived_until_ns, zone),
        "where": row.where,
        "value": formats.true_minus(row.value),
        "headroom": formats.true_minus(row.headroom),
        "note": "; ".join(filter(None, (row.policy, spread, row.note))),
        "searched": " ".join(words),
    }


def _urgency(row: ClauseRow) -> int:
    return _URGENCY.index(row.state) if row.state in _URGENCY else len(_URGENCY)


def _counts(rows: list[ClauseRow]) -> list[tuple[str, int]]:
    """Return how many clauses are in each state that asks for somebody, and how many unsure."""
    counted = [
        (word, sum(row.state == state for row in rows))
        for state, word in (("breach", "breach"), ("unknown", "unknown"), ("warn", "warn"))
    ]
    return [*counted, ("unconfirmed", sum(row.sureness == "unknown" for row in rows))]
