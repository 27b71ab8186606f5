# To be read by the other scripts (`. scripts/as-root.sh`): may_install says whether Debian packages can be had here,
# install_packages fetches them. Never asks for a password, never asks a question.

may_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    test "$(id -u)" = 0 || sudo -n true >/dev/null 2>&1
}

as_root() {
    if test "$(id -u)" = 0; then "$@"; else sudo -n "$@"; fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=1 -o Acquire::http::Timeout=20 \
        -o Acquire::https::Timeout=20 -o DPkg::Lock::Timeout=120 "$@" >&2
}

# First with the package lists that are here; where there are none, or they are too old, with new ones.
install_packages() {
    apt install -y --no-install-recommends "$@" || { apt update && apt install -y --no-install-recommends "$@"; }
}
