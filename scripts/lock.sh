#!/bin/sh
# Writes constraints.txt anew: resolves pyproject.toml in an empty environment, without the old pins.
set -eu
venv=build/lock
trap 'rm -rf "$venv"' EXIT
sh "$(dirname "$0")/make-venv.sh" "$venv"
pip() { "$venv/bin/python" -m pip "$@"; }
pip install --quiet --upgrade pip setuptools
pip install --quiet '.[postgresql,bench]' --group dev
{
    sed -n '/^#/p' constraints.txt
    # A shared index may offer local builds (1.0+local); the plain release is what others can get.
    pip list --format=freeze --exclude nhachan | tr 'A-Z_' 'a-z-' | sed 's/+.*//' | LC_ALL=C sort
} > "$venv/constraints.txt"
cp "$venv/constraints.txt" constraints.txt
echo "constraints.txt is renewed; run \`make test\` before you hand it in."
