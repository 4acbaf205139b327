#!/bin/sh
# A virtual environment with the project and what its tests need. On a bare machine Python itself comes first.
set -eu
python=${PYTHON:-python3}
venv=${VENV:-.venv}
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

usable() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
if ! usable "$python"; then
    as_root apt-get update -qq
    as_root apt-get install -y -qq --no-install-recommends python3 python3-venv python3-pip
    python=python3
    usable "$python" || { echo "Python 3.11 or newer is needed (set PYTHON=…)" >&2; exit 1; }
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".[officejs,postgresql]" --group dev
