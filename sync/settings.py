"""What an office may choose: one TOML file and the environment (``CTD_…``). Nothing has to be chosen.

The command line wins over the environment, the environment over the file. Relative paths in the file are taken from the
file's own folder.
"""

from __future__ import annotations

import os
import tomllib
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from sync.workspace import CannotRun

if TYPE_CHECKING:
    from sync.office import Office

FILE_NAME = "ctd.toml"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
SOURCES_FOLDER = "wards"
"""Where branches' workbooks are looked for beside the master when nothing else was chosen."""


class Tls(BaseModel):
    """HTTPS. ``certificate`` and ``key`` are the office's own PEM files; both None: the service makes its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: bool = True
    certificate: Path | None = None
    key: Path | None = None


class Settings(BaseSettings):
    """Everything the service can be told.

    ``master`` None: the only master in the working folder, when there is exactly one (see ``master_of``). ``sources``
    empty: the folder ``wards`` beside the master. ``folder`` holds what the service keeps for itself: certificate,
    tokens and the key of its pages. ``log`` None: standard error.
    """

    model_config = SettingsConfigDict(env_prefix="CTD_", env_nested_delimiter="__", extra="forbid", frozen=True)

    master: Path | None = None
    sources: Annotated[tuple[Path, ...], NoDecode] = ()
    host: str = "127.0.0.1"
    port: int = Field(default=8765, ge=0, le=65535)
    tls: Tls = Tls()
    folder: Path = Field(default_factory=lambda: Path(typer.get_app_dir("xl-ctd")))
    log: Path | None = None
    body_megabytes: int = Field(default=32, ge=1, le=1024)
    ledger_url: str | None = None

    @field_validator("sources", mode="before")
    @classmethod
    def _paths(cls, value: object) -> object:
        """In the environment several paths stand in one text, divided as the system divides PATH."""
        return tuple(part for part in value.split(os.pathsep) if part) if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings

    @property
    def tokens(self) -> Path:
        """The file of the tokens' digests."""
        return self.folder / "tokens.json"

    @property
    def page_key(self) -> Path:
        """The file of the key in the addresses of Office.js."""
        return self.folder / "page.key"

    @property
    def is_loopback(self) -> bool:
        """Can nobody but this machine reach the service?"""
        return self.host in LOOPBACK

    @property
    def url(self) -> str:
        """Where the service answers, as staff type it."""
        shown = "localhost" if self.is_loopback else self.host
        return f"{'https' if self.tls.on else 'http'}://{shown}:{self.port}"


def load_settings(file: Path | None = None, **chosen: Any) -> Settings:
    """The settings of this run: ``chosen`` (None: not chosen), then the environment, then the file.

    ``file`` None: the file named by ``CTD_SETTINGS``, else ``ctd.toml`` in the working folder, else in the user's
    folder of the program, else no file. Raises ``CannotRun`` when a named file is missing or a setting is wrong.
    """
    path = file or _usual_file()
    written = _read(path) if path else {}

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *sources: PydanticBaseSettingsSource, **named: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return named["init_settings"], named["env_settings"], InitSettingsSource(settings_cls, written)

    try:
        return FromFile(**{name: value for name, value in chosen.items() if value is not None})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise CannotRun("settings-wrong", name=name, file=str(path or "CTD_…")) from None
    except SettingsError:
        raise CannotRun("settings-wrong", name="CTD_…", file=str(path or "CTD_…")) from None


def master_of(settings: Settings, folder: Path | None = None) -> Path | None:
    """The master to work on: the chosen one, else the only one in the working folder; None when there is none.

    Raises ``CannotRun`` when the folder holds several, because nobody should have to guess which was meant.
    """
    if settings.master is not None:
        return settings.master
    found = [path for path in sorted((folder or Path.cwd()).glob("*.xls[xm]")) if is_master(path)]
    if len(found) > 1:
        raise CannotRun("service-several-masters", files=", ".join(path.name for path in found))
    return found[0] if found else None


def is_master(path: Path) -> bool:
    """Does a workbook carry the names that only our masters have? False for what cannot be read."""
    from workbooks.master_tables import NAME_MERGED_AT

    if path.name.startswith(("~$", ".")):
        return False
    try:
        with zipfile.ZipFile(path) as package:
            return f'"{NAME_MERGED_AT}"'.encode() in package.read("xl/workbook.xml")
    except (OSError, KeyError, zipfile.BadZipFile):
        return False


def office_of(settings: Settings, who: str) -> Office:
    """The office an action works for, as settings and folder say now. Raises ``CannotRun`` for several masters."""
    from sync.office import Office

    master = master_of(settings)
    sources = settings.sources or ((master.parent / SOURCES_FOLDER,) if master else ())
    return Office(master, sources, who, settings.ledger_url, _moment)


def _moment() -> datetime:
    return datetime.now().astimezone().replace(microsecond=0, tzinfo=None)


def _usual_file() -> Path | None:
    if named := os.environ.get("CTD_SETTINGS"):
        return Path(named)
    usual = (Path.cwd() / FILE_NAME, Path(typer.get_app_dir("xl-ctd")) / FILE_NAME)
    return next((path for path in usual if path.is_file()), None)


def _read(path: Path) -> dict[str, Any]:
    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise CannotRun("settings-missing", file=str(path)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise CannotRun("settings-unreadable", file=str(path)) from None
    return _from_folder(written, path.absolute().parent)


def _from_folder(written: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The file's settings with relative paths made whole; what is no path stays as it was written."""

    def whole(value: Any) -> Any:
        return str(folder / value) if isinstance(value, str) else value

    settings = dict(written)
    for name in ("master", "folder", "log"):
        if name in settings:
            settings[name] = whole(settings[name])
    if isinstance(settings.get("sources"), list):
        settings["sources"] = [whole(path) for path in settings["sources"]]
    if isinstance(settings.get("tls"), dict):
        settings["tls"] = {n: whole(v) if n in ("certificate", "key") else v for n, v in settings["tls"].items()}
    return settings
