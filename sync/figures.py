"""Judged figures put into words, as the board, the reports and the command line show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from workbooks.master_tables import board_word
from xl_ctd.core.formats import format_number, format_percent
from xl_ctd.core.scorecard import Figure
from xl_ctd.core.sentences import attainment_text, gap_sentence, value_text
from xl_ctd.core.setup import Setup
from xl_ctd.core.targets import Aggregation, Light, Observation, Status, Target, TargetKind
from xl_ctd.messages import message

MONEY = "đồng"
_COLOURS: Mapping[Status, str] = {
    Status.ATTAINED: "green",
    Status.EXCEEDED: "green",
    Status.NOT_ATTAINED: "red",
    Status.OUTSIDE: "yellow",
}
QUIET = frozenset({Status.ATTAINED, Status.EXCEEDED, Status.NOT_APPLICABLE})
"""Nothing is missing, so nothing is said in the column for what is missing."""


@dataclass(frozen=True, slots=True)
class Words:
    """One figure as people read it. Empty text where there is nothing to say."""

    value: str
    goal: str
    attainment: str
    word: str
    symbol: str
    gap: str
    milestone: str
    coverage: str


def words_of(target: Target, one: Figure, language: str = "vi") -> Words:
    """The words for one figure."""
    seen, judged = one.observation, one.judgement
    complete = not seen.missing and seen.reported >= seen.expected
    word, symbol = board_word(target, judged, one.year, all_reported=complete, language=language)
    milestone = _milestone(target, one, language)
    gap = "" if judged.status in QUIET else message(*gap_sentence(target, judged), language)
    return Words(
        _value(target, seen, language),
        goal_words(target, seen, language),
        attainment_text(judged, 1),
        word,
        symbol,
        gap,
        milestone,
        _coverage(target, seen),
    )


def status_words(one: Figure) -> tuple[str, str]:
    """The status and a colour for it."""
    status = one.judgement.status
    if status is Status.NOT_ATTAINED and one.judgement.light is Light.GREEN:
        return status.value, "yellow"
    return status.value, _COLOURS.get(status, "dim")


def goal_words(target: Target, seen: Observation, language: str = "vi") -> str:
    """What the plan asks for, short: ``≥ 80%``, ``2–3``, ``mọi năm``."""
    if target.kind is TargetKind.RANGE:
        return f"{_amount(target, target.lower)}–{_amount(target, target.upper)}"
    if target.kind is TargetKind.MAINTAIN:
        return message("goal-every-year", {}, language)
    if target.kind is TargetKind.FLOOR and len(seen.per_unit) > 1:
        args = {"all": len(seen.per_unit), "floor": _amount(target, target.threshold)}
        return message("goal-every-unit", args, language)
    sign = "≤" if target.kind is TargetKind.MAX else ">" if target.strict else "≥"
    return f"{sign} {_amount(target, target.threshold)}"


def _amount(target: Target, value: object) -> str:
    if value is None:
        return ""
    exact = Fraction(str(value))
    if target.unit == MONEY:
        for size, name in ((10**9, "tỷ"), (10**6, "triệu")):
            if exact % size == 0 and exact:
                return f"{format_number(exact / size, 0)} {name}"
    places = 0 if exact.denominator == 1 else target.decimals
    if target.unit == "%":
        needed = next(n for n in range(20) if (exact * 100 * 10**n).denominator == 1 or n >= target.decimals)
        return format_percent(exact, needed)
    return format_number(exact, places)


def _value(target: Target, seen: Observation, language: str) -> str:
    if target.kind is TargetKind.FLOOR and seen.per_unit:
        floor = Fraction(str(target.threshold or 0))
        known = [value for value in seen.per_unit.values() if value is not None]
        enough = sum(value >= floor for value in known)
        unknown = len(seen.per_unit) - len(known)
        if len(seen.per_unit) > 1:
            count = f"{enough}–{enough + unknown}" if unknown else str(enough)
            return message("value-units", {"count": count, "all": len(seen.per_unit)}, language)
    if target.kind is TargetKind.MAINTAIN and seen.per_year:
        kept = sum(value is True for value in seen.per_year.values())
        return message("value-years", {"kept": kept, "all": len(seen.per_year)}, language)
    text = value_text(target, seen.value)
    if not text or target.unit == "%":
        return text
    return f"{text} {'đ' if target.unit == MONEY else target.unit.split(' (')[0]}"


def _milestone(target: Target, one: Figure, language: str) -> str:
    if target.kind is not TargetKind.LEVEL or one.judgement.milestone is None:
        return ""
    written = format_percent if target.unit == "%" else format_number
    text = written(one.judgement.milestone, target.decimals)
    return message("milestone-of-year", {"year": one.year, "value": text}, language)


def _coverage(target: Target, seen: Observation) -> str:
    if target.aggregation is Aggregation.CITY_ONLY or not seen.expected:
        return "–"
    return f"{seen.reported}/{seen.expected}"


def unit_name(setup: Setup, uid: str) -> str:
    """The unit's name as the master shows it."""
    unit = setup.units.by_uid.get(uid)
    return unit.name if unit else setup.units.group
