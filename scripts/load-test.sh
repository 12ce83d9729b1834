#!/usr/bin/env bash
# Uploads an image many times at once and tells how it went.
#
# usage: scripts/load-test.sh URL N C [--image FILE] [--no-wait] [--keep]
#   URL           a thumbd that runs, such as http://127.0.0.1:8080
#   N             how many uploads, 1 to 100000
#   C             how many at a time, 1 to 300
#   --image FILE  what is uploaded; else a photograph-like JPEG of 1600 x 1200 made here (by vips)
#   --no-wait     does not wait for the thumbnails: fills the queue, to watch the workers scale
#   --keep        leaves the jobs; else they are deleted at the end
#
# TOKEN in the environment is a token of the role `submit`, where thumbd wants one.
#
# Each upload waits for its job (`Prefer: wait=60`), so a latency is the time to a thumbnail. Prints
# throughput, percentiles and failures; exits with 1 if an upload failed or a job did not succeed.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "${1:-}" = --help ]; then show_help "${BASH_SOURCE[0]}" && exit 0; fi
[ $# -ge 3 ] || usage_error "URL, N and C are wanted"
url=${1%/}
count=$2
parallel=$3
shift 3
image=
wait=60
keep=
while [ $# -gt 0 ]; do
    case $1 in
    --image)
        [ $# -ge 2 ] || usage_error "--image wants a file"
        image=$2
        shift
        ;;
    --no-wait) wait=0 ;;
    --keep) keep=yes ;;
    *) usage_error "unknown option '$1'" ;;
    esac
    shift
done
[[ $url =~ ^https?://[^[:space:]\"]+$ ]] || usage_error "'$url' is no http or https URL"
if ! [[ $count =~ ^[1-9][0-9]{0,5}$ ]] || [ "$count" -gt 100000 ]; then
    usage_error "N is '$count'; it takes 1 to 100000"
fi
if ! [[ $parallel =~ ^[1-9][0-9]{0,2}$ ]] || [ "$parallel" -gt 300 ]; then
    usage_error "C is '$parallel'; it takes 1 to 300"
fi
for tool in curl jq; do
    command -v "$tool" >/dev/null || die "$tool is missing: apt-get install $tool"
done
if [ -n "$image" ] && [ ! -r "$image" ]; then die "$image cannot be read"; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$image" ]; then
    command -v vips >/dev/null || die "vips is missing: apt-get install libvips-tools, or give --image"
    image=$work/image.jpg
    vips perlin "$work/noise.v" 1600 1200 --cell-size 100
    vips linear "$work/noise.v" "$work/grey.v" 110 128 --uchar
    vips bandjoin "$work/grey.v $work/grey.v $work/grey.v" "$work/rgb.v"
    vips copy "$work/rgb.v" "$image" --interpretation srgb
fi

# The token by a file, since arguments are for everyone to read.
(umask 077 && : >"$work/access")
if [ -n "${TOKEN:-}" ]; then printf 'header = "Authorization: Bearer %s"\n' "$TOKEN" >"$work/access"; fi
curl --silent --fail --max-time 30 "$url/readyz" >/dev/null || die "$url/readyz does not say that it is ready"

# One curl for all, so that starting programs is not what is measured. Of each upload its answer goes
# to a file, and one line says how it went.
mkdir "$work/answers"
for ((index = 0; index < count; index++)); do
    if [ "$index" -gt 0 ]; then echo next; fi
    cat "$work/access"
    printf '%s\n' "url = \"$url/v1/jobs\"" "data-binary = \"@$image\"" \
        'header = "Content-Type: application/octet-stream"' "max-time = $((wait + 30))" \
        "output = \"$work/answers/$index\"" 'write-out = "%{http_code} %{time_total}\n"' 'silent'
    if [ "$wait" -gt 0 ]; then echo "header = \"Prefer: wait=$wait\""; fi
done >"$work/requests"
begin=${EPOCHREALTIME/[.,]/}
curl --parallel --parallel-immediate --parallel-max "$parallel" --no-progress-meter \
    --config "$work/requests" >"$work/times" || true
took=$(((${EPOCHREALTIME/[.,]/} - begin) / 1000))

find "$work/answers" -type f -exec cat {} + | jq -r '"\(.status) \(.id // "")"' >"$work/jobs" 2>/dev/null || true
accepted=$(grep -cE '^20[02] ' "$work/times" || true)
succeeded=$(grep -c '^succeeded ' "$work/jobs" || true)
if [ "$wait" -eq 0 ]; then succeeded=$accepted; fi

awk '$1 == 200 || $1 == 202 { print $2 }' "$work/times" | sort -n >"$work/latencies"
percentile() { # percentile N: in milliseconds
    awk -v p="$1" '{ all[NR] = $1 } END {
        if (NR == 0) { print "-"; exit }
        i = int((NR * p + 99) / 100); print int(all[i < 1 ? 1 : i] * 1000 + 0.5) }' "$work/latencies"
}
say "uploads     $count, $parallel at a time, $(stat -c %s "$image") bytes each"
say "took        $((took / 1000)).$(printf %03d $((took % 1000))) s"
say "throughput  $(awk -v n="$succeeded" -v ms="$took" 'BEGIN { printf "%.1f", n * 1000 / (ms > 0 ? ms : 1) }') a second"
say "latency     p50 $(percentile 50) ms, p95 $(percentile 95) ms, p99 $(percentile 99) ms, most $(percentile 100) ms"
say "failures    $((count - succeeded))"
awk '$1 != 200 && $1 != 202 { n[$1]++ } END { for (code in n) print "            " n[code] " answered " (code == 0 ? "nothing" : code) }' "$work/times"
awk '$1 != "succeeded" && $1 != "null" { n[$1]++ } END { for (state in n) print "            " n[state] " jobs " state }' "$work/jobs" |
    { if [ "$wait" -gt 0 ]; then cat; fi; }

if [ -z "$keep" ] && [ "$wait" -gt 0 ]; then
    awk -v url="$url" -v file="$work/access" 'BEGIN { getline access <file } NF == 2 {
        if (n++) print "next"
        if (access != "") print access
        printf "url = \"%s/v1/jobs/%s\"\nrequest = \"DELETE\"\nsilent\noutput = \"/dev/null\"\n", url, $2 }' \
        "$work/jobs" >"$work/deletes"
    if [ -s "$work/deletes" ]; then
        curl --parallel --parallel-max 20 --no-progress-meter --config "$work/deletes" || true
    fi
fi
[ "$succeeded" -eq "$count" ]
