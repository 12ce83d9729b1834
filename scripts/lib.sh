# Functions that start.sh, test.sh and the scripts here share. Sourced, never run.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# ccache finds what another folder or preset has compiled already.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$ROOT}
export CCACHE_NOHASHDIR=1

say() { printf '%s\n' "$*"; }
note() { printf '%s\n' "$*" >&2; }
die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}
usage_error() {
    printf '%s: %s (see --help)\n' "$(basename "$0")" "$*" >&2
    exit 2
}

# Prints the comment at the head of a script: that is its help.
show_help() { awk 'NR > 1 && !/^#/ { exit } NR > 1 { sub(/^# ?/, ""); print }' "$1"; }

# How many compilers at a time: one a core, and about 1.5 GB of memory for each.
build_jobs() {
    local cores memory_kib by_memory
    cores=$(nproc)
    memory_kib=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
    by_memory=$((memory_kib / 1536 / 1024))
    if [ "$by_memory" -lt 1 ]; then by_memory=1; fi
    if [ "$cores" -lt "$by_memory" ]; then echo "$cores"; else echo "$by_memory"; fi
}

# missing_packages NAME...: prints those that are not installed. node and npm may come from
# elsewhere than Debian.
missing_packages() {
    local package installed
    installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
    for package in "$@"; do
        case $package in
        nodejs) if command -v node >/dev/null; then continue; fi ;;
        npm) if command -v npm >/dev/null; then continue; fi ;;
        esac
        if ! grep -qxF "$package installed" <<<"$installed"; then echo "$package"; fi
    done
}

# ensure_packages KIND: installs what scripts/packages.sh KIND lists and is missing. When nothing
# is missing, it asks neither the network nor root.
ensure_packages() {
    local wanted missing sudo=()
    mapfile -t wanted < <("$ROOT/scripts/packages.sh" "$1")
    if ! command -v dpkg-query >/dev/null; then
        note "This is no Debian or Ubuntu: packages are not checked. Needed: ${wanted[*]}"
        return 0
    fi
    mapfile -t missing < <(missing_packages "${wanted[@]}")
    if [ ${#missing[@]} -eq 0 ]; then return 0; fi

    say "Installing ${#missing[@]} packages: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null || ! { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
            die "these packages are missing, and only root can install them:" \
                "apt-get install --no-install-recommends ${missing[*]}"
        fi
        sudo=(sudo)
    fi
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q ||
        die "apt-get update failed: is there a network?"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}" ||
        die "apt-get could not install: ${missing[*]}"
}

# configure PRESET: says something only when it fails.
configure() {
    local preset=$1 log=$ROOT/build/configure-$1.log
    mkdir -p "$ROOT/build"
    (cd "$ROOT" && cmake --preset "$preset") >"$log" 2>&1 || {
        cat "$log" >&2
        die "cmake could not configure the preset $preset"
    }
}

# compile PRESET [TARGET...]: what configure has prepared.
compile() {
    local preset=$1 targets=()
    shift
    if [ $# -gt 0 ]; then targets=(--target "$@"); fi
    (cd "$ROOT" &&
        cmake --build --preset "$preset" --parallel "$(build_jobs)" "${targets[@]}")
}

# build PRESET [TARGET...]: configures and compiles.
build() {
    configure "$1"
    compile "$@"
}
