#!/usr/bin/env bash
# Installs what Madoguchi needs, and nothing twice: Debian packages, .venv, locked libraries, compiled messages.
# usage: tools/setup.sh [dev] [test]    dev: the development lock; test: also what the whole suite needs
# Asks no question. Runs as root or, for missing Debian packages only, through sudo without a password.
set -euo pipefail
cd "$(dirname "$0")/.."

# Debian's own Python is built with profile-guided optimisation; one of a version manager that stands before it on the path
# often is not, and then everything takes a fourth longer.
if [ -z "${PYTHON:-}" ]; then
    PYTHON=/usr/bin/python3
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || PYTHON=python3
fi
lock=requirements.lock
wanted=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk gettext)

fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# pip and the fonts' cache want a home; a service or a container may have none.
if [ -z "${HOME:-}" ] || [ ! -d "$HOME" ]; then
    HOME="$(getent passwd "$(id -u)" | cut -d: -f6 || true)"
    [ -d "$HOME" ] && [ -w "$HOME" ] || HOME="$(mktemp -d)"
    export HOME
fi

for group in "$@"; do
    case "$group" in
        dev) lock=requirements-dev.lock ;;
        test)
            lock=requirements-dev.lock
            wanted+=(poppler-utils qpdf)
            # Chromium without the windows that nobody sees: a third less work for each page.
            [ -x /usr/bin/chromium-headless-shell ] || wanted+=(chromium-headless-shell)
            if [ -z "${TEST_DATABASE_URL:-}" ] && ! have initdb && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
                wanted+=(postgresql)
            fi ;;
        *) printf 'usage: tools/setup.sh [dev] [test]\n' >&2; exit 2 ;;
    esac
done

have "$PYTHON" || fail "$PYTHON is not installed; install Python 3.11 or later."
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || fail "$("$PYTHON" --version) is too old; Python 3.11 or later is needed (PYTHON=/path/to/python3 names another)."
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || wanted+=(python3-venv)

installed() { [[ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null)" == ii* ]]; }

install_packages() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        have sudo && sudo -n true 2>/dev/null \
            || fail "these Debian packages are missing; install them as root: $*"
        as_root=(sudo -n)
    fi
    printf 'setup: installing Debian packages: %s\n' "$*"
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
    "${apt[@]}" update </dev/null || fail "apt-get update failed; check the network and the package sources."
    "${apt[@]}" install -y --no-install-recommends "$@" </dev/null || fail "could not install: $*"
}

missing=()
if have dpkg-query; then
    for package in "${wanted[@]}"; do installed "$package" || missing+=("$package"); done
    [ "${#missing[@]}" -eq 0 ] || install_packages "${missing[@]}"
else
    printf 'setup: no dpkg here; make sure that the equivalents are installed of: %s\n' "${wanted[*]}" >&2
fi

# The stamp names everything that makes the environment what it is: place, interpreter, lock.
stamp="$(printf '%s\n' "$PWD" "$("$PYTHON" -c 'import sys; print(sys.base_prefix, sys.version)')"; sha256sum "$lock")"
base="$(printf '%s\n' "$stamp" | head -n -1)"
if [ "$(cat .venv/.base 2>/dev/null || true)" != "$base" ] || ! .venv/bin/python -c '' 2>/dev/null; then
    printf 'setup: creating .venv\n'
    rm -rf .venv
    "$PYTHON" -m venv .venv || fail "could not create .venv"
    printf '%s\n' "$base" > .venv/.base
fi
if [ "$(cat ".venv/.$lock" 2>/dev/null || true)" != "$stamp" ]; then
    printf 'setup: installing %s\n' "$lock"
    .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check --require-hashes -r "$lock" </dev/null \
        || fail "could not install $lock; check the network and the package index."
    printf '%s\n' "$stamp" > ".venv/.$lock"
    # The development lock holds the runtime one's pins (make locks checks that).
    [ "$lock" = requirements.lock ] || printf '%s\n' "$base" "$(sha256sum requirements.lock)" > .venv/.requirements.lock
fi

mkdir -p "${MADOGUCHI_DATA:-var}"

for po in locale/*/LC_MESSAGES/*.po; do
    [ -e "$po" ] || continue
    mo="${po%.po}.mo"
    [ "$mo" -nt "$po" ] || msgfmt --check-format -o "$mo" "$po" || fail "$po is not a valid catalogue"
done
