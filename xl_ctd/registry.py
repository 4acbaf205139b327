"""Worksheet functions declared once: every host makes its own wrappers, help and documentation from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeVar

from xl_ctd.messages import message


class Takes(Enum):
    """What an argument stands for. A scalar of an elementwise function may be a range all the same: then every cell
    is answered for itself."""

    SCALAR = "scalar"
    RANGE = "range"


def _as_it_is(cell: Any) -> Any:
    return cell


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument. ``name`` is ASCII (``muc_tieu``), fit for VBA and IDL; ``default`` stands in for a missing or a
    blank argument. ``reads`` turns one cell into the value the function works with."""

    name: str
    takes: Takes = Takes.SCALAR
    required: bool = True
    default: Any = None
    reads: Callable[[Any], Any] = _as_it_is

    @property
    def code(self) -> str:
        """The code of its name in the message catalogue, such as ``argument-muc-tieu``."""
        return f"argument-{self.name.replace('_', '-')}"

    @property
    def label(self) -> str:
        """The name with its marks, as staff see it in help."""
        return message(self.code)


@dataclass(frozen=True, slots=True)
class WorksheetFunction:
    """One function. ``name`` is bare ASCII such as ``TYLE``; hosts spell it ``CTD.TYLE`` or ``CTD_TYLE``.

    ``reads_master``: it is also handed the facts of a master. ``spills``: it answers with a table whatever it is
    asked. ``elementwise``: given a range it answers every cell of it, and the answer has the shape of the range.
    ``fails``: False for functions that answer with words where others answer with an error.
    ``whole_columns`` answers many cells at once where it can; what it leaves is answered cell by cell.
    """

    name: str
    function: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    reads_master: bool = False
    spills: bool = False
    elementwise: bool = False
    fails: bool = True
    whole_columns: Callable[..., Any] | None = None

    @property
    def code(self) -> str:
        """The code of its help in the message catalogue."""
        return f"function-{self.name.lower().replace('_', '-')}"

    def help(self, language: str = "vi") -> str:
        """What it answers, in one or two sentences."""
        return message(self.code, language=language)

    def help_of(self, parameter: Parameter, language: str = "vi") -> str:
        """What to put into one argument."""
        return message(f"{self.code}-{parameter.name.replace('_', '-')}", language=language)

    @property
    def spelling(self) -> str:
        """How it is typed, optional arguments in brackets: ``CTD.DAT(giá trị; loại; …; [tuỳ chọn])``."""
        names = (one.label if one.required else f"[{one.label}]" for one in self.parameters)
        return f"CTD.{self.name}({'; '.join(names)})"


_declared: dict[str, WorksheetFunction] = {}
FUNCTIONS: Mapping[str, WorksheetFunction] = MappingProxyType(_declared)
"""Every function by its bare name, in the order of declaration; importing ``xl_ctd.functions`` fills it."""

F = TypeVar("F", bound=Callable[..., Any])


def worksheet_function(name: str, *parameters: Parameter, **traits: Any) -> Callable[[F], F]:
    """Declare a function under a name. ``traits`` are the flags of ``WorksheetFunction``.

    Raises ``ValueError`` for a name declared twice, and for a required argument after an optional one.
    """
    required = [one.required for one in parameters]
    if name in _declared or required != sorted(required, reverse=True):
        raise ValueError(f"{name} cannot be declared: its name is taken or its arguments are out of order")

    def declare(function: F) -> F:
        _declared[name] = WorksheetFunction(name, function, parameters, **traits)
        return function

    return declare
