"""VBA functions for every worksheet function, written from the registry: ``CTD.TYLE`` and ``CTD_TYLE``.

VBA allows no dot in a name, but Excel finds ``CTD.TYLE`` as the function ``TYLE`` of the module ``CTD``. Where a
version of Excel does not, ``CTD_TYLE`` of the module ``CTD_Names`` is the same function.
"""

from __future__ import annotations

from collections.abc import Iterable

from xl_ctd.hosts.xlam.vba_project import Module
from xl_ctd.registry import Parameter, WorksheetFunction

DOTTED, UNDERSCORED = "CTD", "CTD_Names"
PREFIX = "CTD_"

_RESERVED = """
    abs addressof and any array as attribute base binary boolean byref byte byval call case cbool cdate cdbl cint clng
    close compare const csng cstr currency cvar cverr date debug decimal declare dim do doevents double each else elseif
    empty end endif enum eqv erase error event exit explicit false fix for friend function get global gosub goto if imp
    implements in input int integer is lbound len let lib like line local lock long longlong longptr loop lset me mid
    mod module name new next not nothing null object on open option optional or output paramarray preserve print private
    property public put raiseevent random read redim rem resume return rset scale seek select set sgn shared single
    spc static step stop string sub tab text then time timer to true type typeof ubound unknown unlock until variant
    wend while width with withevents write xor
"""
WORDS_OF_VBA = frozenset(_RESERVED.split())


def wrapper_modules(functions: Iterable[WorksheetFunction]) -> tuple[Module, Module]:
    """The two modules with one VBA function for every worksheet function."""
    declared = tuple(functions)
    return (
        Module(DOTTED, _source(DOTTED, (_wrapper(one, one.name) for one in declared))),
        Module(UNDERSCORED, _source(UNDERSCORED, (_wrapper(one, PREFIX + one.name) for one in declared))),
    )


def _source(name: str, wrappers: Iterable[str]) -> str:
    return f'Attribute VB_Name = "{name}"\nOption Explicit\n\n' + "\n".join(wrappers)


def _wrapper(function: WorksheetFunction, name: str) -> str:
    """One function. Arguments come as they are, so that a range is known from its values and a blank from a zero."""
    names = [_argument_name(one, name) for one in function.parameters]
    given = ", ".join(
        f"{'' if one.required else 'Optional '}ByVal {spelled} As Variant"
        for one, spelled in zip(function.parameters, names, strict=True)
    )
    sent = " & ".join(f"CTD_Wire.Argument({spelled})" for spelled in names) or '""'
    return (
        f"Public Function {name}({given}) As Variant\n"
        f'    {name} = CTD_Service.Answer("{function.name}", {sent}, {function.reads_master})\n'
        "End Function\n"
    )


def _argument_name(parameter: Parameter, function: str) -> str:
    """The parameter's name, unless VBA has another use for it: its own words, and the name of the function itself."""
    taken = parameter.name.lower() in WORDS_OF_VBA or parameter.name.lower() == function.lower()
    return f"{parameter.name}_" if taken else parameter.name
