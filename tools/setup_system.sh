#!/bin/sh
# Programs that the tests use for real: LibreOffice, a font like Times New Roman, PDF tools, PostgreSQL.
set -eu
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
wanted=""
command -v soffice >/dev/null 2>&1 || wanted="$wanted libreoffice-calc"
command -v pdftoppm >/dev/null 2>&1 || wanted="$wanted poppler-utils"
fc-list 2>/dev/null | grep -q -i "liberation serif" || wanted="$wanted fonts-liberation fontconfig"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || wanted="$wanted postgresql"
if [ -n "$wanted" ]; then
    as_root apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends $wanted >/dev/null
fi
