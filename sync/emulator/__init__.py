"""An emulator of Google Sheets, Drive and sign-in over HTTP, for tests and for showing the road without an account.

The real gspread works on it unchanged. Nothing that merges for an office imports it.
"""

from sync.emulator.clock import Clock, SystemClock, VirtualClock
from sync.emulator.emulator import Emulator
from sync.emulator.errors import GoogleError
from sync.emulator.person import Person
from sync.emulator.quotas import Limits

__all__ = ["Clock", "Emulator", "GoogleError", "Limits", "Person", "SystemClock", "VirtualClock"]
