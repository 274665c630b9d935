#!/bin/sh
# Sets up what is missing and runs the project's commands; `./do help` lists them. Needs nothing but sh and Python.
set -eu
cd "$(dirname "$0")"

MIN_PYTHON=3.11
DEMO_GOAL='open settings, then open Appearance and choose the Adwaita-dark style'

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf '\033[31m%s\033[0m\n' "$*" >&2; exit 1; }

help() {
    cat <<'TEXT'
./do demo [OPTIONS]   set up, then let the agent change the theme of a real desktop in the sandbox
./do test [ARGS]      set up, then run all tests (arguments go to pytest)
./do test-all [ARGS]  the same with the long runs that `test` samples
./do check            format, lint, types, import rules
./do check-all        `check`, then `test-all`
./do fix              format and mend what the linter can mend
./do fuzz [N]         read 100,000 (or N) broken inputs: typed errors or correct values, and no effect
./do bench [NAME]     speed measurements: capture, input, loop, reading, recording, sandbox, settle (default: these), model, trace
./do kill-test [N]    kill runs at N seeded moments (200), go on with them, and look what they did; [--seed S]
./do docs             write the tables and pictures in docs/ anew
./do setup            only set up: system packages, .venv/, the package with what its tests need
./do clean            remove .venv/ and everything that was built
TEXT
}

# --- system packages -------------------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

# wanted_packages [test]: for the sandbox, and for the tests if so asked.
wanted_packages() {
    cat vl2agent/sandbox/apt-packages.txt ${1:+tests/apt-packages.txt} |
        sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' |
        if grep -qs '^ID=ubuntu' /etc/os-release; then grep -vx chromium; else cat; fi | # Ubuntu's is a snap stub
        if command -v npm >/dev/null 2>&1; then grep -vx -e nodejs -e npm; else cat; fi # others' Node.js brings its own
}

missing_packages() {
    for package in $(wanted_packages "$@"); do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$status" = installed ] || printf '%s ' "$package"
    done
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -q update >/dev/null
    # shellcheck disable=SC2086  # a list of package names
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq install -y \
        --no-install-recommends $1 >/dev/null
}

ensure_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1; then
        say "No apt here: the sandbox's programs are not installed. 'vl2agent doctor' names them for this platform."
        return
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    may_install || die "Missing system packages. Install them with this line, then run this again:
  sudo apt-get update && sudo apt-get install -y --no-install-recommends $missing"
    say "Installing system packages (once, one to three minutes): $missing"
    apt_install "$missing"
}

# --- Python ----------------------------------------------------------------------------------------------------

find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$python" >/dev/null 2>&1 && "$python" -c \
            "import sys, venv, ensurepip; sys.exit(sys.version_info < tuple(map(int, '$MIN_PYTHON'.split('.'))))" \
            2>/dev/null; then
            printf '%s' "$python"
            return
        fi
    done
}

ensure_python() {
    PYTHON=$(find_python)
    [ -z "$PYTHON" ] || return 0
    if may_install; then
        say "Installing Python"
        apt_install "python3 python3-venv"
        PYTHON=$(find_python)
        [ -n "$PYTHON" ] || apt_install "python3.11 python3.11-venv" || true # Ubuntu 22.04's python3 is 3.10
        PYTHON=$(find_python)
    fi
    [ -n "$PYTHON" ] || die "Needs Python $MIN_PYTHON or newer with venv. On Debian or Ubuntu:
  sudo apt-get update && sudo apt-get install -y python3 python3-venv
On Ubuntu 22.04, whose python3 is older: python3.11 python3.11-venv"
}

# ensure_venv EXTRAS: install the package with these extras unless that was done for this pyproject.toml.
ensure_venv() {
    stamp=.venv/installed-$(printf '%s' "$1 $PWD" | cat - pyproject.toml | cksum | tr ' ' -)
    [ ! -e "$stamp" ] || return 0
    ensure_python
    if ! .venv/bin/python -c 'import pip' >/dev/null 2>&1; then
        rm -rf .venv
        "$PYTHON" -m venv .venv
        .venv/bin/python -m pip install -q --disable-pip-version-check --upgrade pip
    fi
    say "Installing vl2agent with [$1] into .venv/"
    .venv/bin/python -m pip install -q --disable-pip-version-check -e ".[$1]"
    own_xlib
    touch "$stamp"
}

# pyautogui brings python3-xlib, an old package with the same import name; see docs/decisions/xlib.md.
own_xlib() {
    [ "$(uname)" = Linux ] || return 0
    .venv/bin/python -c 'import sys, Xlib; sys.exit(Xlib.__version__ < (0, 33))' ||
        .venv/bin/python -m pip install -q --disable-pip-version-check --force-reinstall --no-deps 'python-xlib>=0.33'
}

# --- commands --------------------------------------------------------------------------------------------------

setup() {
    ensure_packages
    ensure_venv ocr,browser,web2code
}

setup_tests() {
    ensure_packages test
    ensure_venv ocr,browser,local,remote,serve,miniwob,web2code,plot,test
}

test_all() {
    setup_tests
    VL2AGENT_TEST_ALL=1 .venv/bin/python -m pytest "$@"
}

check() {
    ensure_venv ocr,browser,local,remote,serve,miniwob,web2code,plot,test
    .venv/bin/ruff format --check .
    .venv/bin/ruff check .
    .venv/bin/mypy
    .venv/bin/lint-imports --no-cache
}

bench() {
    setup_tests
    for name in ${1:-capture input loop reading recording sandbox settle}; do
        [ -f "tools/bench/$name.py" ] || die "No such benchmark: $name. There are: $(ls tools/bench)"
        say "tools/bench/$name.py"
        .venv/bin/python "tools/bench/$name.py"
    done
}

command=${1:-help}
[ $# -eq 0 ] || shift
case $command in
demo)
    setup
    exec .venv/bin/vl2agent run "$DEMO_GOAL" "$@"
    ;;
test)
    setup_tests
    exec .venv/bin/python -m pytest "$@"
    ;;
test-all) test_all "$@" ;;
check) check ;;
check-all)
    check
    test_all "$@"
    ;;
fix)
    ensure_venv ocr,browser,local,remote,serve,miniwob,web2code,plot,test
    .venv/bin/ruff check --fix .
    .venv/bin/ruff format .
    ;;
fuzz)
    setup_tests
    exec .venv/bin/python tools/fuzz.py "$@"
    ;;
bench) bench "$@" ;;
kill-test)
    setup_tests
    exec .venv/bin/python tools/kill_test.py "$@"
    ;;
docs)
    setup_tests
    exec .venv/bin/python tools/write_docs.py "$@"
    ;;
setup) setup_tests ;;
clean) rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache ;;
help | -h | --help) help ;;
*)
    help >&2
    die "Unknown command: $command"
    ;;
esac
