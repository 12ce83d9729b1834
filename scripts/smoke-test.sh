#!/usr/bin/env bash
# Sends images through a thumbd of its own, on a free port and with a temporary data folder, or
# through one that runs.
#
# usage: scripts/smoke-test.sh [N] [--images DIR] [--thumbd PROGRAM | --url URL]
#   N                 how many images (default 10, or every file of DIR once)
#   --images DIR      the files of DIR and its folders, instead of images made here
#   --thumbd PROGRAM  default: build/release/bin/thumbd
#   --url URL         a thumbd that runs, which is left alone otherwise; TOKEN in the environment is
#                     a token of the role `submit`, where it wants one
#
# Each image is submitted with curl, in turn as a raw body and as a form, four at a time; its job
# is followed to the end, the thumbnail is fetched and its format and size are checked, and the
# job is deleted. A table and a summary line tell the outcome.
#
# Of the files of DIR, some may be none of thumbd's business: where thumbd refuses one, or fails
# its job, with a code that blames the file (not_an_image, unsupported_format, image_too_large, ...)
# the table says `refused`, and that is no failure. Images made here must all succeed.
#
# Exits with 0 if every image came out right (or was refused so), at least one came out right,
# nothing was left behind and thumbd ended cleanly; else with 1.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count=
images=
thumbd=$ROOT/build/release/bin/thumbd
url=
while [ $# -gt 0 ]; do
    case $1 in
    --help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
    --images | --thumbd | --url)
        [ $# -ge 2 ] || usage_error "$1 wants a value"
        case $1 in
        --images) images=$2 ;;
        --thumbd) thumbd=$2 ;;
        --url) url=${2%/} ;;
        esac
        shift
        ;;
    *)
        [[ $1 =~ ^[1-9][0-9]{0,4}$ ]] || usage_error "'$1' is neither an option nor a number"
        count=$1
        ;;
    esac
    shift
done
[ -n "$url" ] || [ -x "$thumbd" ] || die "$thumbd is not there; ./start.sh --build-only builds it"
if [ -n "$images" ] && [ ! -d "$images" ]; then die "$images is no folder"; fi
for tool in curl jq vips vipsheader; do
    command -v "$tool" >/dev/null || die "$tool is missing; ./start.sh --smoke-test installs it"
done

work=$(mktemp -d)
# By a file, since arguments are for everyone to read.
access=()
if [ -n "${TOKEN:-}" ]; then
    (umask 077 && printf 'header = "Authorization: Bearer %s"\n' "$TOKEN" >"$work/access")
    access=(--config "$work/access")
fi
daemon=
cleanup() {
    trap - EXIT INT TERM
    if [ -n "$daemon" ]; then
        kill -TERM "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- The images

# One picture with some detail, from which all the others are made.
make_base() {
    local seed
    for seed in 1 2 3; do
        vips perlin "$work/noise$seed.v" 1000 750 --cell-size 125 --seed "$seed"
        vips linear "$work/noise$seed.v" "$work/band$seed.v" 110 128 --uchar
    done
    vips bandjoin "$work/band1.v $work/band2.v $work/band3.v" "$work/rgb.v"
    vips copy "$work/rgb.v" "$work/base.v" --interpretation srgb
}

# picture FILE WIDTH HEIGHT: the base at that size, in the format that FILE's name asks for.
picture() { vips thumbnail "$work/base.v" "$1" "$2" --height "$3" --size force; }

# A JPEG that says "turn me by 90 degrees": an EXIF segment with nothing but the orientation.
turned() {
    picture "$work/upright.jpg" 1200 800
    {
        printf '\xff\xd8\xff\xe1\x00\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01'
        printf '\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0'
        tail -c +3 "$work/upright.jpg"
    } >"$1"
}

transparent() {
    vips thumbnail "$work/band1.v" "$work/alpha.v" 800 --height 600 --size force
    vips thumbnail "$work/base.v" "$work/opaque.v" 800 --height 600 --size force
    vips bandjoin "$work/opaque.v $work/alpha.v" "$1"
}

make_images() {
    local folder=$1
    mkdir "$folder"
    make_base
    picture "$folder/01-small.jpg" 64 64
    picture "$folder/02-large-12mp.jpg" 4000 3000
    transparent "$folder/03-transparent.png"
    picture "$folder/04-picture.webp" 1280 960
    picture "$folder/05-tall.tif" 600 900
    picture "$folder/06-palette.gif" 320 240
    picture "$folder/07-modern.avif" 640 480
    turned "$folder/08-turned.jpg"
    picture "$folder/09-progressive.jpg[interlace]" 2000 1000
    picture "$folder/10-wide.png" 1500 300
}

# --- One image, from its submission to its deletion

box_width=240
box_height=180
# Codes that blame the file and not thumbd.
file_faults=' empty_input input_too_large not_an_image unsupported_format image_too_large
 image_truncated image_corrupt decoder_crashed decoder_timeout decoder_out_of_memory '

request() { # request OUT CURL-ARGUMENTS...: prints the status
    local out=$1
    shift
    curl --silent --show-error --max-time 60 --output "$out" --write-out '%{http_code}' \
        "${access[@]}" "$@"
}

# The size that `contain` gives: into the box, never enlarged.
contained() { # contained WIDTH HEIGHT
    awk -v w="$1" -v h="$2" -v bw="$box_width" -v bh="$box_height" 'BEGIN {
        s = bw / w; if (bh / h < s) s = bh / h; if (s > 1) s = 1
        tw = int(w * s + 0.5); th = int(h * s + 0.5)
        print (tw < 1 ? 1 : tw), (th < 1 ? 1 : th) }'
}

# The size of an image as it is meant to be seen; nothing if vipsheader does not read it.
upright_size() {
    local width height orientation
    width=$(vipsheader -f width "$1" 2>/dev/null) || return 0
    height=$(vipsheader -f height "$1" 2>/dev/null)
    orientation=$(vipsheader -f orientation "$1" 2>/dev/null) || orientation=1
    if [ "$orientation" -ge 5 ]; then echo "$height $width"; else echo "$width $height"; fi
}

near() { [ $(($1 - $2)) -ge -1 ] && [ $(($1 - $2)) -le 1 ]; }

# check_thumbnail FILE WIDTH HEIGHT MEDIA-TYPE: WIDTH and HEIGHT are the original's.
check_thumbnail() {
    local width height loader wanted
    loader=$(vipsheader -f vips-loader "$1" 2>/dev/null) || { echo "not readable" && return 1; }
    case $4 in
    image/jpeg) wanted=jpegload ;;
    image/png) wanted=pngload ;;
    *) echo "unexpected type $4" && return 1 ;;
    esac
    [[ $loader == "$wanted"* ]] || { echo "is $loader, not $4" && return 1; }
    width=$(vipsheader -f width "$1")
    height=$(vipsheader -f height "$1")
    read -r want_width want_height < <(contained "$2" "$3")
    if ! near "$width" "$want_width" || ! near "$height" "$want_height"; then
        echo "is ${width}x$height, not ${want_width}x$want_height"
        return 1
    fi
    echo "${width}x$height"
}

# Writes one line for the table: outcome, job, status, bytes of the result, milliseconds, note.
report() { printf '%s\t' "$@" >"$work/results/$index" && echo >>"$work/results/$index"; }

process() { # process INDEX FILE
    local index=$1 file=$2 scratch=$work/run/$1 status id state code width height type
    local begin=${EPOCHREALTIME/[.,]/} took note options="width=$box_width&height=$box_height"
    mkdir "$scratch"
    if [ $((index % 2)) -eq 0 ]; then
        status=$(request "$scratch/job" --data-binary "@$file" \
            --header 'Content-Type: application/octet-stream' \
            "$url/v1/jobs?$options") || status=000
    else
        status=$(request "$scratch/job" --form "file=@\"$file\"" \
            --form "width=$box_width" --form "height=$box_height" "$url/v1/jobs") || status=000
    fi
    if [ "$status" != 202 ]; then
        code=$(jq -r '.code // "no code"' "$scratch/job" 2>/dev/null || echo "no answer")
        if [ -n "$images" ] && [[ $file_faults == *[[:space:]]"$code"[[:space:]]* ]]; then
            report refused - "$status" - - "$code"
        else
            report WRONG - "$status" - - "not accepted: $code"
        fi
        return
    fi

    id=$(jq -r .id "$scratch/job")
    local deadline=$((SECONDS + 120))
    while state=$(jq -r .status "$scratch/job") && [[ $state == queued || $state == processing ]]; do
        if [ $SECONDS -ge $deadline ]; then break; fi
        status=$(request "$scratch/job" "$url/v1/jobs/$id?wait=20") || status=000
        if [ "$status" != 200 ]; then
            report WRONG "$id" "$status" - - "the job cannot be read"
            return
        fi
    done
    took=$(((${EPOCHREALTIME/[.,]/} - begin) / 1000))

    local outcome=ok bytes=-
    note=
    if [ "$state" = succeeded ]; then
        IFS=$'\t' read -r width height type bytes < <(jq -r \
            '[.width, .height, .renditions[0].media_type, .renditions[0].bytes] | @tsv' \
            "$scratch/job")
        local upright
        upright=$(upright_size "$file")
        status=$(request "$scratch/thumbnail" "$url/v1/jobs/$id/thumbnail") || status=000
        if [ -n "$upright" ] && [ "$upright" != "$width $height" ]; then
            outcome=WRONG note="the original is said to be ${width}x$height, not $upright"
        elif [ "$status" != 200 ]; then
            outcome=WRONG note="the thumbnail answers $status"
        elif [ "$(stat -c %s "$scratch/thumbnail")" != "$bytes" ]; then
            outcome=WRONG note="the thumbnail is not $bytes bytes long"
        elif ! note=$(check_thumbnail "$scratch/thumbnail" "$width" "$height" "$type"); then
            outcome=WRONG
        fi
    else
        code=$(jq -r '.error.code // "no code"' "$scratch/job")
        note=$code
        outcome=WRONG
        if [ -n "$images" ] && [ "$state" = failed ] &&
            [[ $file_faults == *[[:space:]]"$code"[[:space:]]* ]]; then
            outcome=refused
        fi
    fi

    status=$(request /dev/null --request DELETE "$url/v1/jobs/$id") || status=000
    if [ "$status" != 204 ]; then
        outcome=WRONG note="deleting answers $status"
    elif status=$(request /dev/null "$url/v1/jobs/$id") && [ "$status" != 404 ]; then
        outcome=WRONG note="the deleted job answers $status"
    fi
    report "$outcome" "$id" "$state" "$bytes" "$took" "$note"
}

# A thumbd of our own; sets daemon and url.
start_daemon() {
    local line
    mkfifo "$work/out"
    "$thumbd" --listen 127.0.0.1:0 --data-dir "$work/data" >"$work/out" 2>"$work/log" &
    daemon=$!
    exec 3<"$work/out"
    while [ -z "$url" ]; do
        if ! IFS= read -r -t 30 line <&3; then
            cat "$work/log" >&2
            die "thumbd did not start"
        fi
        if [[ $line =~ ^listening\ on\ (http://[^[:space:]]+) ]]; then url=${BASH_REMATCH[1]%/}; fi
    done
}

# Adds to faults what our own thumbd lost or left behind, and how it ended.
end_daemon() {
    local left ended=0
    left=$(curl --silent --max-time 30 "$url/v1/jobs" | jq '.jobs | length' 2>/dev/null || echo unknown)
    if [ "$left" != 0 ]; then faults+=("jobs left in the list: $left"); fi
    kill -TERM "$daemon"
    wait "$daemon" || ended=$?
    daemon=
    if [ "$ended" -ne 0 ]; then faults+=("thumbd ended with $ended"); fi
}

# --- The run

if [ -z "$images" ]; then
    make_images "$work/images"
    folder=$work/images
    count=${count:-10}
else
    folder=$images
fi
mapfile -d '' files < <(find "$folder" -type f -print0 | sort -z)
[ ${#files[@]} -gt 0 ] || die "there are no files in $folder"
count=${count:-${#files[@]}}

mkdir "$work/results" "$work/run"
if [ -n "$url" ]; then
    curl --silent --fail --max-time 30 "$url/readyz" >/dev/null || die "$url is not ready"
else
    start_daemon
fi
say "thumbd at $url, $count images"

begin=${EPOCHREALTIME/[.,]/}
running=0
for ((index = 0; index < count; index++)); do
    if [ "$running" -ge 4 ]; then
        wait -n || true
        running=$((running - 1))
    fi
    process "$index" "${files[index % ${#files[@]}]}" &
    running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
    wait -n || true
    running=$((running - 1))
done
took=$(((${EPOCHREALTIME/[.,]/} - begin) / 1000))

right=0
refused=0
wrong=0
printf '\n%-28s %-36s %-10s %9s %7s  %s\n' file job status bytes ms result
for ((index = 0; index < count; index++)); do
    file=$(basename "${files[index % ${#files[@]}]}")
    outcome=WRONG job=- state=- bytes=- ms=- note="no outcome"
    if [ -s "$work/results/$index" ]; then
        IFS=$'\t' read -r outcome job state bytes ms note _ <"$work/results/$index" || true
    fi
    case $outcome in
    ok) right=$((right + 1)) ;;
    refused) refused=$((refused + 1)) ;;
    *) wrong=$((wrong + 1)) ;;
    esac
    printf '%-28.28s %-36s %-10s %9s %7s  %s %s\n' \
        "$file" "$job" "$state" "$bytes" "$ms" "$outcome" "$note"
done

# Whatever this loses or leaves is a failure as well.
faults=()
if [ -n "$daemon" ]; then end_daemon; fi
if [ "$right" -eq 0 ]; then faults+=("no image succeeded"); fi

printf '\n%d images: %d succeeded, %d refused, %d fell short, in %d.%03d s\n' \
    "$count" "$right" "$refused" "$wrong" $((took / 1000)) $((took % 1000))
for fault in "${faults[@]}"; do say "FAILED: $fault"; done
if [ "$wrong" -gt 0 ] || [ ${#faults[@]} -gt 0 ]; then
    if [ -s "$work/log" ]; then
        note "--- the end of thumbd's log"
        tail -n 20 "$work/log" >&2
    fi
    exit 1
fi
