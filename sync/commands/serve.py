"""``xl-ctd serve``: the service behind the workbooks, its tokens, its certificate and its manifest."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.commands.spoken import App
from xl_ctd.messages import message

if TYPE_CHECKING:
    from sync.service_run import Opening
    from sync.service_tokens import Tokens
    from sync.settings import Settings

app = App(
    help="Chạy dịch vụ cho hàm CTD và các nút Chữ thập đỏ trong Excel. Không cần cài đặt gì trước.",
    invoke_without_command=True,
    no_args_is_help=False,
)
token_app = App(help="Mã đăng nhập: cấp, xem, thu hồi.")
app.add_typer(token_app, name="token")

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="Tệp cài đặt TOML; mặc định ctd.toml trong thư mục đang đứng.")
]


@app.callback()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option("--host", help="Địa chỉ nghe; mặc định chỉ máy này.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Cổng; mặc định 8765.")] = None,
    no_tls: Annotated[bool, typer.Option("--no-tls", help="Không mã hoá; chỉ cho máy này.")] = False,
    master: Annotated[Path | None, typer.Option("--master", help="Sổ tổng hợp.")] = None,
    settings: SettingsFile = None,
) -> None:
    """Chạy dịch vụ cho hàm CTD và các nút Chữ thập đỏ trong Excel. Không cần cài đặt gì trước."""
    if context.invoked_subcommand is not None:
        return
    from sync.service_run import serve as run
    from sync.settings import load_settings
    from sync.workspace import CannotRun

    tls = {"on": False} if no_tls else None
    chosen = load_settings(settings, host=host, port=port, master=master, tls=tls)
    if chosen.master is not None and not chosen.master.is_file():
        raise CannotRun("master-missing", file=str(chosen.master))
    language = _language(context)
    run(chosen, lambda opening: _show_opening(opening, chosen, language))


@token_app.command("add")
def add_token(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Của ai hoặc máy nào; sổ cái ghi tên này là người làm.")],
    role: Annotated[str, typer.Option("--role", help="reader (xem), city (thành phố) hoặc admin (quản trị).")] = "city",
    days: Annotated[int, typer.Option("--days", help="Dùng được bao nhiêu ngày.")] = 365,
    settings: SettingsFile = None,
) -> None:
    """Cấp một mã đăng nhập; mã chỉ hiện một lần."""
    from sync.service_tokens import Role

    token, words = _tokens(settings).add(name, Role.named(role), days)
    role_words = _role(token.role.word, context)
    shown = {"role": role_words, "id": token.id, "day": f"{token.expires:%d/%m/%Y}", "words": words}
    typer.echo(message("token-made", shown, _language(context)))


@token_app.command("list")
def list_tokens(
    context: typer.Context,
    settings: SettingsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="In kết quả dạng JSON.")] = False,
) -> None:
    """Các mã đã cấp: số, vai trò, hạn dùng, tình trạng, của ai. Không hiện mã."""
    tokens, language = _tokens(settings), _language(context)
    rows = [
        {
            "id": token.id,
            "role": token.role.word,
            "expires": f"{token.expires:%Y-%m-%d}",
            "state": tokens.state_of(token),
            "name": token.name,
        }
        for token in tokens.all()
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        shown = {"role": _role(row["role"], context), "expires": f"{date.fromisoformat(row['expires']):%d/%m/%Y}"}
        typer.echo(message(f"token-line-{row['state']}", {**row, **shown}, language))
    if not rows:
        typer.echo(message("token-none", {}, language))


@token_app.command("revoke")
def revoke_token(
    context: typer.Context,
    token: Annotated[str, typer.Argument(help="Số của mã, xem bằng: xl-ctd serve token list")],
    settings: SettingsFile = None,
) -> None:
    """Thu hồi một mã; dịch vụ đang chạy từ chối mã ấy ngay."""
    revoked = _tokens(settings).revoke(token)
    typer.echo(message("token-taken-back", {"id": revoked.id, "name": revoked.name}, _language(context)))


@app.command("certificate")
def show_certificate(context: typer.Context, settings: SettingsFile = None) -> None:
    """Tệp chứng thư mà máy dùng Excel phải tin, tạo sẵn nếu chưa có."""
    from sync.service_tls import certificate_for
    from sync.service_tokens import utc_now
    from sync.settings import load_settings

    found = certificate_for(load_settings(settings), utc_now())
    shown = {"file": str(found.authority or found.chain), "day": f"{found.expires:%d/%m/%Y}"}
    code = "certificate-to-trust" if found.authority else "certificate-of-office"
    typer.echo(message(code, shown, _language(context)))


@app.command("manifest")
def show_manifest(
    context: typer.Context,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Ghi luôn manifest vào tệp này.")] = None,
    url: Annotated[
        str | None, typer.Option("--url", help="Địa chỉ dịch vụ nếu khác tệp cài đặt, ví dụ https://192.168.1.20:8765.")
    ] = None,
    renew: Annotated[bool, typer.Option("--renew", help="Đổi khoá: mọi manifest đã cài đều mất hiệu lực.")] = False,
    settings: SettingsFile = None,
) -> None:
    """Địa chỉ manifest để thêm vào Excel 2021, 365, Excel trên web."""
    from sync.service_page_key import MANIFEST, PageKey
    from sync.settings import load_settings
    from sync.workspace import CannotRun, refusing
    from xl_ctd.hosts import officejs
    from xl_ctd.hosts.desktop_install import checked_url

    if not officejs.is_installed():
        raise CannotRun("pane-not-installed")
    chosen, language = load_settings(settings), _language(context)
    place = checked_url(url) if url else chosen.url
    key = PageKey(chosen.page_key)
    root = key.renew() if renew else key.root()
    if renew:
        typer.echo(message("manifest-renewed", {}, language))
    typer.echo(message("serve-manifest", {"address": f"{place}{root}{MANIFEST}"}, language))
    if output is not None:
        with refusing(output):
            output.write_text(officejs.manifest(place, root), "utf-8")
        typer.echo(message("manifest-written", {"file": str(output)}, language))


def _tokens(settings: Path | None) -> Tokens:
    from sync.service_tokens import Tokens, utc_now
    from sync.settings import load_settings

    return Tokens(load_settings(settings).tokens, utc_now)


def _role(word: str, context: typer.Context) -> str:
    return message(f"role-{word}", {}, _language(context))


def _language(context: typer.Context) -> str:
    return str(context.find_root().params.get("lang", "vi"))


def _show_opening(opening: Opening, settings: Settings, language: str) -> None:
    from sync.settings import master_of
    from sync.workspace import CannotRun
    from xl_ctd.hosts import officejs

    def say(code: str, **args: str) -> None:
        typer.echo(message(code, args, language))

    say("serve-started", url=opening.url)
    try:
        master = master_of(settings)
        say("serve-master", file=master.name) if master else say("serve-no-master")
    except CannotRun as several:  # functions that need no master work all the same
        say(several.code, **several.args_)
    if officejs.is_installed():
        say("serve-manifest", address=opening.manifest or "xl-ctd serve manifest")
    if opening.certificate and opening.certificate.authority:
        say(
            "certificate-to-trust",
            file=str(opening.certificate.authority),
            day=f"{opening.certificate.expires:%d/%m/%Y}",
        )
    if opening.words:
        say("serve-first-tokens")
        for role, words in opening.words:
            say(f"serve-token-{role.word}", words=words)
    typer.echo()
    sys.stdout.flush()
