#!/bin/sh
# Makes an empty virtual environment: make-venv.sh FOLDER. Looks for a Python that is new enough; $PYTHON names one.
set -eu
. "$(dirname "$0")/as-root.sh"
venv=$1

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
works() { "$1" -c "$new_enough" >/dev/null 2>&1; }
has_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

found=
for python in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
    works "$python" || continue
    found=${found:-$python}
    if has_venv "$python"; then
        found=$python
        break
    fi
done

if test -z "$found"; then
    if test -n "${PYTHON:-}"; then
        echo "nhachan needs Python 3.11 or newer, and $PYTHON is not that — name another one, or leave PYTHON out." >&2
    else
        echo "nhachan needs Python 3.11 or newer, and found none as python3.13, python3.12, python3.11 or python3" \
            "— install one, or name it: make run PYTHON=/path/to/python3" >&2
    fi
    exit 1
fi

if ! has_venv "$found"; then
    package=$("$found" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if may_install; then
        echo "$found cannot make environments yet; installing $package …"
        install_packages "$package" || true
    fi
    if ! has_venv "$found"; then
        echo "$found cannot make virtual environments: its modules venv and ensurepip are missing" \
            "— on Debian and Ubuntu, run as root: apt-get install $package" >&2
        exit 1
    fi
fi

echo "Making the environment $venv with $("$found" --version) …"
"$found" -m venv --clear "$venv"
