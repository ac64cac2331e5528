# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What scripts/demo and scripts/test share: finding tools, installing what is missing, building.
#
# Nothing is installed, and no network is asked, when nothing is missing. Packages come from the
# distribution through apt (as root, or through sudo). Where the distribution's CMake or pybind11 is
# too old (Ubuntu 22.04), they come from PyPI into .venv, which nobody else's Python sees.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly root
readonly venv=$root/.venv
readonly build=$root/build
# The distribution's own interpreter: a bare `python3` may be another one, without the -dev files.
readonly python=/usr/bin/python3
jobs=$(nproc 2>/dev/null || echo 2)
readonly jobs
PATH=$venv/bin:$PATH

if [[ -t 1 && -z ${NO_COLOR-} && ${TERM-dumb} != dumb ]]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'
else
    bold='' dim='' red='' plain=''
fi

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }
die() {
    printf '%serror:%s %s\n' "$red" "$plain" "$*" >&2
    exit 1
}

# quietly NAME COMMAND...: runs it with its output in build/logs/NAME.log, says how long it took, and
# shows the end of the output if it fails.
quietly() {
    local name=$1 log=$build/logs/$1.log start=$SECONDS
    shift
    mkdir -p "$build/logs"
    if "$@" >"$log" 2>&1 </dev/null; then
        printf '    %s%s: %d s%s\n' "$dim" "$name" $((SECONDS - start)) "$plain"
    else
        tail -n 60 "$log" >&2
        die "$name failed after $((SECONDS - start)) s (all of it: ${log#"$root"/})"
    fi
}

# at_least HAVE WANT: is version HAVE (1.2.3) no older than WANT (1.2)?
at_least() { [[ $(printf '%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

major_of() { "$1" -dumpversion 2>/dev/null | cut -d. -f1; }

# first_compiler MAJOR NAME...: the first of the commands that is there and new enough.
first_compiler() {
    local wanted=$1 name major
    shift
    for name in "$@"; do
        major=$(major_of "$name" || true)
        if [[ $major =~ ^[0-9]+$ ]] && ((major >= wanted)); then
            command -v "$name"
            return
        fi
    done
    return 1
}
find_gxx() { first_compiler 12 g++ g++-{16..12}; }
find_clangxx() { first_compiler 14 clang++ clang++-{22..14}; }

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root or sudo: $*"
    fi
}

is_installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"; }

lists_are_fresh=false

# install_packages PACKAGE...: those that are not there yet.
install_packages() {
    local missing=() package
    for package in "$@"; do is_installed "$package" || missing+=("$package"); done
    ((${#missing[@]})) || return 0
    say "Installing ${missing[*]}"
    $lists_are_fresh || quietly apt-update apt_get update
    lists_are_fresh=true
    quietly apt-install apt_get install --no-install-recommends -y "${missing[@]}"
}

# from_pypi PACKAGE...: into .venv, which also sees the distribution's Python packages.
from_pypi() {
    install_packages python3-venv
    [[ -x $venv/bin/pip ]] || "$python" -m venv --system-site-packages "$venv"
    say "Installing $* into .venv"
    quietly pip "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"
    hash -r
}

cmake_version() { cmake --version 2>/dev/null | sed -n '1s/.* //p'; }

# What building the program takes. Without apt the tools must be there; CMake names what is not.
need_build_tools() {
    if ! command -v apt-get >/dev/null; then
        command -v cmake >/dev/null && command -v ninja >/dev/null && find_gxx >/dev/null && return
        die "no apt-get here: please install CMake 3.25, Ninja, g++ 12, Boost.Program_options," \
            "yaml-cpp, SQLite, nlohmann-json, fmt (and for the tests clang++ 14, Catch2, pybind11)"
    fi
    local packages=(libboost-program-options-dev libyaml-cpp-dev libsqlite3-dev nlohmann-json3-dev
        libfmt-dev)
    command -v ninja >/dev/null || packages+=(ninja-build)
    command -v cmake >/dev/null || packages+=(cmake)
    command -v g++ >/dev/null || packages+=(g++)
    install_packages "${packages[@]}"
    find_gxx >/dev/null || install_packages g++-12
    at_least "$(cmake_version)" 3.25 || from_pypi 'cmake>=3.25,<4'
}

# What drawing pictures takes.
need_picture_tools() {
    if command -v apt-get >/dev/null; then
        install_packages python3 python3-numpy python3-matplotlib
    else
        "$python" -c 'import numpy, matplotlib' || die "pictures need numpy and matplotlib of $python"
    fi
}

# What the tests take on top of that.
need_test_tools() {
    need_picture_tools
    if command -v apt-get >/dev/null; then
        install_packages catch2 python3 python3-dev pybind11-dev python3-nbclient python3-ipykernel \
            python3-nbformat python3-jsonschema python3-yaml
        find_clangxx >/dev/null || install_packages clang
        command -v git >/dev/null || install_packages git
    fi
    find_clangxx >/dev/null || die "the tests need clang++ 14 or newer"
    [[ -x $python ]] || die "the tests need $python"
    local pybind
    pybind=$(dpkg-query -W -f='${Version}' pybind11-dev 2>/dev/null || echo 2.10)
    if ! at_least "$pybind" 2.10 && [[ ! -e $venv/bin/pybind11-config ]]; then
        from_pypi 'pybind11>=2.10,<4'
    fi
    if [[ -e $venv/bin/pybind11-config ]]; then
        export pybind11_ROOT
        pybind11_ROOT=$("$venv/bin/pybind11-config" --cmakedir)
    fi
}

# configure FOLDER PRESET COMPILER [CMAKE ARGUMENT...]: sets a build folder up, afresh if it was made
# for another generator, compiler or place.
configure() {
    local folder=$1 preset=$2 compiler=$3 fresh=() cache=$1/CMakeCache.txt
    shift 3
    if [[ -e $cache ]] && ! { grep -qx 'CMAKE_GENERATOR:INTERNAL=Ninja' "$cache" &&
        grep -qx "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache" &&
        grep -q "^CMAKE_CXX_COMPILER:[A-Z]*=$compiler\$" "$cache"; }; then
        fresh=(--fresh)
    fi
    (cd "$root" && CXX=$compiler quietly "configure-${folder##*/}" \
        cmake "${fresh[@]}" --preset "$preset" -B "$folder" -DCMAKE_UNITY_BUILD=ON \
        -DCMAKE_UNITY_BUILD_BATCH_SIZE=10 "$@")
}

# make FOLDER [TARGET...]
make_targets() {
    local folder=$1
    shift
    quietly "build-${folder##*/}" cmake --build "$folder" --parallel "$jobs" ${1:+--target "$@"}
}
