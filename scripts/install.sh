#!/bin/sh
# Installs nhachan and the exact releases of constraints.txt: install.sh PYTHON run|test|bench
set -eu
python=$1
what=$2

pip() { "$python" -m pip "$@"; }

echo "Installing what nhachan needs to $what (a minute or so, on a slow line longer) …"
# pip and setuptools come first: an older pip knows no dependency groups, and the build uses this setuptools.
pip install --quiet --upgrade --constraint constraints.txt pip setuptools
# The warnings that are silenced are the build's remarks on editable installations in general.
export PYTHONWARNINGS=ignore
case $what in
run) pip install --quiet --no-build-isolation --constraint constraints.txt --editable . ;;
test) pip install --quiet --no-build-isolation --constraint constraints.txt --editable '.[postgresql]' --group dev ;;
bench) pip install --quiet --no-build-isolation --constraint constraints.txt --editable '.[postgresql,bench]' --group dev ;;
esac
