#!/bin/sh
# Programs that the tests use for real: LibreOffice with its Python and a screen, a font like Times New Roman, PDF tools,
# PostgreSQL, Chromium.
set -eu
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
wanted=""
command -v soffice >/dev/null 2>&1 || wanted="$wanted libreoffice-calc"
/usr/bin/python3 -c "import uno" 2>/dev/null || wanted="$wanted python3-uno"
command -v Xvfb >/dev/null 2>&1 || wanted="$wanted xvfb"
command -v curl >/dev/null 2>&1 || wanted="$wanted curl"
command -v pdftoppm >/dev/null 2>&1 || wanted="$wanted poppler-utils"
# Version 1 of this font has no Vietnamese letters; some systems have version 2 in a package of its own.
letters=""
fc-list ":lang=vi" family 2>/dev/null | grep -q -i "liberation serif" || letters="fonts-liberation2 fonts-liberation"
# Ubuntu has Chromium only as a snap, which does not run everywhere; there Playwright brings its own (below).
has_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
has_browser >/dev/null 2>&1 || { apt-cache show chromium >/dev/null 2>&1 && wanted="$wanted chromium"; } || true
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || wanted="$wanted postgresql"
# Playwright's own Node.js wants it.
ldconfig -p | grep -q libatomic.so.1 || wanted="$wanted libatomic1"
if [ -n "$wanted$letters" ]; then
    as_root apt-get update -qq
    for font in $letters; do
        if apt-cache show "$font" >/dev/null 2>&1; then
            wanted="$wanted fontconfig $font"
            break
        fi
    done
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends $wanted >/dev/null
fi
if ! has_browser >/dev/null 2>&1 && [ -x .venv/bin/playwright ]; then
    .venv/bin/playwright install --with-deps chromium >/dev/null
fi
