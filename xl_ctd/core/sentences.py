"""What is still missing, in words: the code of a sentence of the message catalogue and what fills it."""

from __future__ import annotations

from fractions import Fraction

from xl_ctd.core.attainment import threshold_of
from xl_ctd.core.formats import format_number, format_percent
from xl_ctd.core.targets import Judgement, Status, Target, TargetKind

Sentence = tuple[str, dict[str, str]]

PERCENT = "%"


def gap_sentence(target: Target, judgement: Judgement) -> Sentence:
    """The sentence under a target: "cần thêm 1 đơn vị", "gián đoạn năm 2025", "đã đạt".

    The numbers in it are written as staff write them; ``messages.message`` puts the sentence together.
    """
    if judgement.status in _PLAIN:
        return _PLAIN[judgement.status], {}
    if judgement.broken_year is not None:
        return "gap-broken", {"year": str(judgement.broken_year)}
    if judgement.gap is None:
        return "gap-undecided", {}
    if judgement.status is Status.UNDECIDED:
        return "gap-at-most", _counted(target, judgement)
    if judgement.status is Status.OUTSIDE or target.kind is TargetKind.MAX:
        return "gap-too-much", _counted(target, judgement)
    if target.kind is TargetKind.MAINTAIN:
        return "gap-this-year", {"thing": judgement.gap_unit}
    if target.kind is TargetKind.FLOOR:
        return "gap-floor", _counted(target, judgement)
    if judgement.gap == 0:
        # Only a strict target stands exactly at its threshold and has nothing that could be counted.
        return "gap-just-more", {}
    if judgement.gap_unit == PERCENT:
        return "gap-points", {"points": _counted(target, judgement)["count"]}
    return "gap-things", _counted(target, judgement)


_PLAIN = {
    Status.ATTAINED: "gap-none",
    Status.EXCEEDED: "gap-exceeded",
    Status.NO_DATA: "gap-no-data",
    Status.NOT_APPLICABLE: "gap-not-applicable",
}


def _counted(target: Target, judgement: Judgement) -> dict[str, str]:
    amount = judgement.gap or Fraction(0)
    if judgement.gap_unit == PERCENT:
        return {"count": format_number(amount * 100, target.decimals, 0), "thing": "điểm %"}
    places = 0 if amount.denominator == 1 else max(target.decimals, 1)
    return {"count": format_number(amount, places, 0), "thing": judgement.gap_unit}


def value_text(target: Target, value: Fraction | None) -> str:
    """The target's figure as staff read it, never rounded across its threshold; empty when nothing is reported.

    The unit is not part of it, but a percentage carries its sign.
    """
    if value is None:
        return ""
    written = format_percent if target.unit == PERCENT else format_number
    return written(value, target.decimals, threshold_of(target))


def attainment_text(judgement: Judgement, decimals: int = 0) -> str:
    """The attainment as a percentage, or as its range while reports are missing; never rounded up to 100 %."""
    if judgement.attainment is None:
        return ""
    if judgement.attainment_range is None:
        return format_percent(judgement.attainment, decimals, 1)
    least, most = (format_percent(end, decimals, 1) for end in judgement.attainment_range)
    return f"{least.removesuffix('%')}–{most}"
