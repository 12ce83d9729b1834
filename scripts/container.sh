#!/usr/bin/env bash
# Builds the container image and tries it out, with Docker, or with Podman where there is none.
#
# usage: scripts/container.sh build [--tag NAME] [--ccache DIR] [--host-certificates]
#        scripts/container.sh test  [--tag NAME] [--images N]
#        scripts/container.sh all   [the options of both]
#
#   build  builds the image from this checkout; version and revision come from git
#   test   runs it as a cluster would (read-only root, no capabilities, no new privileges, an
#          ordinary user, 512 MiB, one CPU), sends images through it, ends it with SIGTERM, and
#          prints the image's size and how long it took to serve; its self-test also runs as
#          another user (as on OpenShift) and, with Podman, under a seccomp profile that refuses
#          namespaces, as Docker's and containerd's do
#
#   --tag NAME           the image's name (default thumbjobs:dev)
#   --ccache DIR         lends that compiler cache to the build (Podman only)
#   --host-certificates  lends this machine's /etc/ssl/certs to the build, for networks behind a
#                        proxy with a certificate of its own (Podman only)
#   --images N           how many images the test sends (default 20)
#
# CONTAINER_TOOL=docker|podman chooses. Podman is Debian's: with runc, cgroupfs, and a base image
# that mmdebstrap makes from Debian's packages when it is not there and cannot be pulled, so no
# registry of images is needed. As root: apt-get install podman runc mmdebstrap
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

base=docker.io/library/debian:bookworm-slim
tag=thumbjobs:dev
images=20
build_options=()

command=${1:-}
case $command in
build | test | all) shift ;;
--help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
*) usage_error "one of build, test or all is wanted, not '$command'" ;;
esac
while [ $# -gt 0 ]; do
    case $1 in
    --tag | --images | --ccache)
        [ $# -ge 2 ] || usage_error "$1 wants a value"
        case $1 in
        --tag) tag=$2 ;;
        --images) images=$2 ;;
        --ccache)
            [ -d "$2" ] || usage_error "$2 is no folder"
            build_options+=(--volume "$2:/root/.cache/ccache")
            ;;
        esac
        shift
        ;;
    # An overlay: what the build adds to the folder stays its own.
    --host-certificates) build_options+=(--volume "/etc/ssl/certs:/etc/ssl/certs:O") ;;
    *) usage_error "unknown option '$1'" ;;
    esac
    shift
done
[[ $images =~ ^[1-9][0-9]{0,4}$ ]] || usage_error "--images wants a number from 1 to 99999"

work=$(mktemp -d)
container=
# Podman leaves health checks to systemd, and complains loudly where there is none.
health=()
cleanup() {
    trap - EXIT INT TERM
    if [ -n "$container" ]; then "$tool" rm --force "$container" >/dev/null 2>&1 || true; fi
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

choose_tool() {
    tool=${CONTAINER_TOOL:-}
    if [ -z "$tool" ]; then
        if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
            tool=docker
        elif command -v podman >/dev/null; then
            tool=podman
        else
            die "neither a running Docker nor Podman is here: apt-get install podman runc mmdebstrap"
        fi
    fi
    if [ "$tool" = docker ]; then
        if [ ${#build_options[@]} -gt 0 ]; then
            usage_error "--ccache and --host-certificates are Podman's"
        fi
        return
    fi
    if [ ! -d /run/systemd/system ]; then health=(--no-healthcheck); fi
    command -v runc >/dev/null || die "runc is missing: apt-get install runc"
    # Works without systemd, and inside machines whose own limits are low.
    cat >"$work/containers.conf" <<'CONF'
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
CONF
    export CONTAINERS_CONF=$work/containers.conf
}

# The base image: what is here, else what can be pulled, else one made of Debian's packages.
ensure_base() {
    if "$tool" image inspect "$base" >/dev/null 2>&1; then return; fi
    if timeout 120 "$tool" pull --quiet "$base" >/dev/null 2>&1; then return; fi
    command -v mmdebstrap >/dev/null ||
        die "$base cannot be pulled, and mmdebstrap is missing: apt-get install mmdebstrap"
    say "$base cannot be pulled; making one with mmdebstrap"
    # The hook spares the package usrmerge, which brings all of Perl along.
    mmdebstrap --quiet --variant=minbase --include=usr-is-merged \
        --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-include=/usr/share/doc/*/copyright' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        bookworm "$work/base.tar" http://deb.debian.org/debian
    "$tool" import "$work/base.tar" "$base" >/dev/null
    rm "$work/base.tar"
}

build_image() {
    local version revision network=()
    version=$(git -C "$ROOT" describe --tags --always --dirty 2>/dev/null || echo unknown)
    revision=$(git -C "$ROOT" rev-parse HEAD 2>/dev/null || echo unknown)
    if [ "$tool" = podman ]; then
        network=(--network host --format docker)
        ensure_base
    fi
    "$tool" build "${network[@]}" "${build_options[@]}" --tag "$tag" \
        --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
        --build-arg "CREATED=$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$ROOT"
}

milliseconds() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# Starts the image on a free port of loopback and sets container, url and ready_after.
start_container() {
    local port begin
    for _ in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 20000))
        url=http://127.0.0.1:$port
        begin=$(milliseconds)
        container=$("$tool" run --detach "${health[@]}" --network host --read-only --tmpfs /tmp \
            --cap-drop all --security-opt no-new-privileges \
            --memory 512m --cpus 1 --pids-limit 256 \
            --env "THUMBD_LISTEN=127.0.0.1:$port" "$tag")
        while [ "$("$tool" inspect --format '{{.State.Running}}' "$container")" = true ]; do
            if curl --silent --fail --max-time 5 "$url/readyz" >/dev/null; then
                ready_after=$(($(milliseconds) - begin))
                return
            fi
            sleep 0.05
        done
        # The port was taken, or something is wrong: the log tells.
        "$tool" logs "$container" >"$work/log" 2>&1
        "$tool" rm --force "$container" >/dev/null
        container=
        grep -q 'in use' "$work/log" || break
    done
    cat "$work/log" >&2
    die "thumbd did not start in the container"
}

self_test() { # self_test OPTION...
    "$tool" run --rm "${health[@]}" --network none --read-only --cap-drop all \
        --security-opt no-new-privileges --env THUMBD_LISTEN=127.0.0.1:8080 "$@" "$tag" --self-test
}

check_labels() {
    local label value labels=
    for label in title description licenses version revision created; do
        value=$("$tool" image inspect --format "{{ index .Config.Labels \"org.opencontainers.image.$label\" }}" "$tag")
        if [ -z "$value" ] || [ "$value" = unknown ]; then die "the label $label says nothing"; fi
        labels+=" $label=$value;"
    done
    say "labels:$labels"
    "$tool" image inspect --format '{{ .Config.Healthcheck }}' "$tag" | grep -q thumbd-healthcheck ||
        die "the image has no health check"
}

try_image() {
    local size status
    for program in curl jq; do
        command -v "$program" >/dev/null || die "$program is missing: apt-get install $program"
    done
    check_labels
    self_test
    say "As user 1234567 of group 0:"
    self_test --user 1234567:0 --tmpfs /var/lib/thumbjobs:mode=0770
    if [ "$tool" = podman ]; then
        # Podman's own profile lets programs without capabilities make namespaces; others do not,
        # and answer clone3, whose flags they cannot see, with ENOSYS (38).
        jq '.syscalls |= map(.names -= ["unshare", "setns", "clone", "clone3", "mount", "umount2", "pivot_root"])
            | .syscalls += [
                {names: ["clone"], action: "SCMP_ACT_ALLOW",
                 args: [{index: 0, value: 2114060288, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ"}]},
                {names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]' \
            /usr/share/containers/seccomp.json >"$work/seccomp.json"
        say "Under a seccomp profile that refuses namespaces:"
        self_test --security-opt "seccomp=$work/seccomp.json"
    fi
    start_container
    "$tool" exec "$container" thumbd-healthcheck || die "the health check fails"
    status=$("$tool" exec "$container" sh -c 'id -u; touch /written 2>&1 || true; grep CapEff /proc/self/status')
    say "$status" | tr '\n' ' '
    say
    [[ $status == 10001* ]] || die "thumbd runs as another user than 10001"
    [[ $status == *"Read-only"* ]] || die "the root file system can be written"
    [[ $status == *0000000000000000 ]] || die "there are capabilities left"

    "$ROOT/scripts/smoke-test.sh" "$images" --url "$url"

    "$tool" stop --time 40 "$container" >/dev/null
    status=$("$tool" inspect --format '{{.State.ExitCode}}' "$container")
    "$tool" logs "$container" >"$work/log" 2>&1
    [ "$status" = 0 ] || { tail -n 20 "$work/log" >&2 && die "SIGTERM ended thumbd with $status"; }
    grep -q drained "$work/log" || die "thumbd did not drain"
    size=$("$tool" image inspect --format '{{.Size}}' "$tag")
    say "image: $((size / 1000000)) MB; ready $ready_after ms after run; SIGTERM drains, exit 0"
}

choose_tool
if [ "$command" != test ]; then build_image; fi
if [ "$command" != build ]; then try_image; fi
