#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every line of `matrix`: a server that lies in that way, a guest that uses its
# device, and what must come of it.  With build/asan/passthru, too, when it is
# there: then nothing is read or written where it must not be.
#
#   lying.sh [ERE]                         only the lines that match; LIMIT=MS
#                                          is how long a server may take
#   lying.sh --one "FLAVOUR N LINE"        line N, in $LYING_DIR; leaves what is
#                                          wrong in FLAVOUR-N.verdict
#
# Each line has a server, a VMM and a directory of its own; many run at once,
# since most of their time is waiting.
set -u
cd "${BASH_SOURCE[0]%/*}/../.." || exit
. tests/tap.sh

MATRIX=tests/lying/matrix
LIAR=build/${FLAVOUR:-release}/liar
export LIMIT=${LIMIT:-4000}         # ms; six times that for the slow ones
LONGEST=$((6 * LIMIT / 1000 + 8)) # s for the whole of a run
AT_ONCE=16

# Which of a line's words are the server's own options
server_words() { # WORD...
	case $1 in
	--*) words=("$@") ;;
	*) words=(--lie "$@") ;;
	esac
}

run_guest() { # sets status, took
	local start=${EPOCHREALTIME/./}
	status=0
	TMPDIR=$dir ASAN_OPTIONS=log_path=$dir/report \
	UBSAN_OPTIONS=log_path=$dir/report:print_stacktrace=1 \
		timeout -s KILL $((3 * LONGEST)) "build/$flavour/passthru" run \
		--kernel build/payload/lying.elf --memory 64M \
		--timeout $((2 * LONGEST)) \
		--server-timeout $LIMIT --device "vfio-user:$dir/s" \
		</dev/null >"$dir/out" 2>"$dir/err" || status=$?
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
}

# How the guest saw the device in the end, and what it was told
read_output() { # sets last, lines
	local line
	last=
	while read -r line; do
		line=${line%$'\r'}
		[ "${line#last }" = "$line" ] || last=${line#last }
	done <"$dir/out"
	mapfile -t lines <"$dir/err"
}

judge_lines() {
	case $want,${#lines[@]} in
	0,0) [ "$ere" = - ] || [ "$either" ] ||
		echo "no line that matches $ere" ;;
	0,*)
		[[ $ere != - && ${lines[*]} =~ $ere ]] ||
			echo "it printed something" ;;
	*,1)
		[[ ${lines[0]} =~ vfio-user:$dir/s:\ .*($ere) ]] ||
			echo "the line does not name the socket and $ere" ;;
	*) echo "${#lines[@]} lines, not one" ;;
	esac
}

judge() {
	local f last lines
	case /$want/ in
	*/"$status"/*) want=$status ;;
	*) echo "status $status, not $want" ;;
	esac
	read_output
	judge_lines
	[ $took -le $((LONGEST * 1000)) ] || echo "it took $took ms"
	[ ! -s "$dir/liar" ] || cat "$dir/liar"
	case $want,$last in
	0,4c494152 | 0,none | 121,ffffffff | 125,) ;;
	*) [ "$either" ] || echo "the guest read '$last'" ;;
	esac
	for f in "$dir"/*; do
		case ${f##*/} in
		s | liar | out | err) ;;
		report*) head -n 40 "$f" ;;
		*) echo "left behind: $f" ;;
		esac
	done
}

one() { # FLAVOUR N STATUS ERE WORD...
	local flavour=$1 dir=$LYING_DIR/$1-$2 want=$3 ere=$4
	local words server status=- took=0 either=
	shift 4
	[ "$want" = "${want%+}" ] || either=1 want=${want%+}
	mkdir "$dir"
	server_words "$@"
	{
		server=$("$LIAR" --fork --socket "$dir/s" "${words[@]}" \
			2>"$dir/liar") || echo "the server does not start"
		run_guest
		kill -KILL "$server" 2>/dev/null
		judge
	} >"$dir.verdict" 2>&1
	[ -s "$dir.verdict" ] || return 0
	{
		echo "status $status after $took ms; standard error, and the guest:"
		cat "$dir/err" "$dir/out"
	} >>"$dir.verdict" 2>&1
}

show() { # FLAVOUR N STATUS ERE WORD...
	local v=$LYING_DIR/$1-$2.verdict name="$1: ${*:5} gives $3"
	if [ -e "$v" ] && [ ! -s "$v" ]; then
		tap_result 0 "$name"
	else
		tap_result 1 "$name"
		note "$(tr -d '\r' <"$v" 2>&1)"
	fi
}

if [ "${1-}" = --one ]; then
	read -ra fields <<<"$2"
	one "${fields[@]}"
	exit
fi

why=$("build/${FLAVOUR:-release}/kvm-usable") || skip_all "${why:-no KVM}"
LYING_DIR=$(mktemp -d)
export LYING_DIR
trap 'rm -rf "$LYING_DIR"' EXIT
trap 'exit 143' TERM INT
flavours=(release)
if [ "${RIG-}" ]; then
	note "not with ASan: its library is not in the rig"
elif [ -x build/asan/passthru ]; then
	flavours+=(asan)
else
	note "not with ASan: make FLAVOUR=asan build/asan/passthru"
fi
for flavour in "${flavours[@]}"; do
	grep -nE "${1:-.}" "$MATRIX" | sed -nE "s/^([0-9]+):([0-9])/$flavour \1 \2/p"
done >"$LYING_DIR/lines"
plan "$(wc -l <"$LYING_DIR/lines")"
xargs -d '\n' -P "$AT_ONCE" -n 1 bash "$0" --one <"$LYING_DIR/lines"
while read -ra fields; do
	show "${fields[@]}"
done <"$LYING_DIR/lines"
