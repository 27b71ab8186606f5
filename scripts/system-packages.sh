#!/bin/sh
# Installs the Debian packages whose commands or libraries (*.so.N) are missing, where that is possible: system-packages.sh LIST
# What cannot be had stays missing: the tests that need it name it at their end.
set -eu
. "$(dirname "$0")/as-root.sh"

present() {
    case $1 in
    *.so.*) /sbin/ldconfig -p 2>/dev/null | grep -qF "$1 " ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

missing=$(sed 's/#.*//' "$1" | while read -r command package; do
    test -z "$command" || present "$command" || echo "$package"
done)
test -n "$missing" || exit 0
if ! may_install; then
    echo "Some tests need Debian packages that only root can install here:" $missing
    exit 0
fi
echo "Installing Debian packages for the tests:" $missing
for package in $missing; do
    install_packages "$package" || echo "$package cannot be installed here; the tests that need it say so at the end."
done
