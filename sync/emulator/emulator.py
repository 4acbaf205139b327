"""The emulator: started in a test by ``with Emulator() as emulator``, or as a process by ``serve``."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

from sync.emulator.clock import Clock, VirtualClock
from sync.emulator.faults import Calls, Faults
from sync.emulator.identity import Accounts
from sync.emulator.person import Person
from sync.emulator.quotas import Limits, Quotas
from sync.emulator.server import Server
from sync.emulator.world import World


class Emulator:
    """Google Sheets v4, Drive v3 and the token endpoint at ``url``.

    ``lag``: seconds by which Drive's ``version`` and ``modifiedTime`` trail an edit (the real one: minutes).
    ``service_account_storage``: whether service accounts can own files; since 2025 the real ones cannot.
    ``port`` 0 takes a free one. What happens depends on the clock, the seed and the calls, on nothing else."""

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 7,
        lag: float = 0.0,
        service_account_storage: bool = False,
        limits: Limits | None = None,
        sliding_quota: bool = False,
    ) -> None:
        self.clock: Clock = clock or VirtualClock()
        self.lock = threading.RLock()
        self.world = World(self.clock, seed=seed, lag=lag, service_account_storage=service_account_storage)
        self.accounts = Accounts(self.clock, time.time)
        self.quotas = Quotas(self.clock, limits, sliding=sliding_quota)
        self.faults = Faults(self.clock, self.accounts)
        self.calls = Calls()
        self._server = Server(host, port, self)
        self.url = f"http://{host}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="emulator")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def serve(self) -> None:
        """Answer in this thread until it is interrupted."""
        try:
            self._server.serve_forever()
        finally:
            self._server.server_close()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def key(self, name: str = "xl-ctd") -> dict[str, str]:
        """A throw-away key of the service account ``name``, as Google's JSON file has it."""
        return self.accounts.key(name, self.url)

    def authorized_user(self, email: str) -> dict[str, str]:
        """What is kept after a person signed in by OAuth, as google-auth reads it."""
        return self.accounts.authorized_user(email, self.url)

    def person(self, email: str) -> Person:
        """Somebody at Google's own interface."""
        return Person(self.world, self.lock, email)

    @property
    def spreadsheets(self) -> tuple[str, ...]:
        """The ids of all spreadsheets, oldest first."""
        return tuple(self.world.spreadsheets)
