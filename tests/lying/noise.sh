#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Servers that spoil one message in 8, or in 40, in ways that a seed decides:
# whatever comes of it, it is no crash, no hang and nothing that ASan minds.
#
#   noise.sh [FROM TO]    seeds; default 1 40
#   noise.sh --one "LIE SEED"    in $NOISE_DIR; prints what is wrong
set -u
cd "${BASH_SOURCE[0]%/*}/../.." || exit
. tests/tap.sh

LIAR=build/${FLAVOUR:-release}/liar
PASSTHRU=build/asan/passthru
LONGEST=15 # s

one() { # LIE SEED
	local dir=$NOISE_DIR/$1-$2 status=0 server start=${EPOCHREALTIME/./} took f
	mkdir "$dir"
	server=$("$LIAR" --fork --socket "$dir/s" --lie "$1" --seed "$2" \
		2>"$dir/liar")
	TMPDIR=$dir ASAN_OPTIONS=log_path=$dir/report \
	UBSAN_OPTIONS=log_path=$dir/report:print_stacktrace=1 \
		timeout -s KILL 60 "$PASSTHRU" run --memory 64M --timeout 30 \
		--kernel build/payload/lying.elf --append churn=20 \
		--server-timeout 500 \
		--device "vfio-user:$dir/s" \
		</dev/null >"$dir/out" 2>"$dir/err" || status=$?
	kill -KILL "$server" 2>/dev/null
	took=$(((${EPOCHREALTIME/./} - start) / 1000000))
	case $status,$(wc -l <"$dir/err") in
	0,* | 121,[1-3] | 125,[1-3]) ;;
	*) echo "$1, seed $2: status $status"; cat "$dir/err" ;;
	esac
	[ $took -le $LONGEST ] || echo "$1, seed $2: took $took s"
	for f in "$dir"/report*; do
		[ ! -e "$f" ] || { echo "$1, seed $2:"; head -n 40 "$f"; }
	done
}

if [ "${1-}" = --one ]; then
	read -r lie seed <<<"$2"
	one "$lie" "$seed"
	exit
fi

why=$("build/${FLAVOUR:-release}/kvm-usable") || skip_all "${why:-no KVM}"
[ -x "$PASSTHRU" ] || skip_all "no $PASSTHRU (make FLAVOUR=asan $PASSTHRU)"
NOISE_DIR=$(mktemp -d)
export NOISE_DIR
trap 'rm -rf "$NOISE_DIR"' EXIT
trap 'exit 143' TERM INT
plan 2
for lie in noise noise-rare; do
	seq -f "$lie %.0f" "${1:-1}" "${2:-40}" >"$NOISE_DIR/seeds"
	is "$lie, $(wc -l <"$NOISE_DIR/seeds") seeds" "$(xargs -d '\n' -P 12 \
		-n 1 bash "$0" --one <"$NOISE_DIR/seeds" 2>/dev/null)" ""
done
