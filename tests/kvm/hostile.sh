#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Guests that do nothing but random accesses, from two processors at once: the
# VMM lives, under the sanitizers too, says little, keeps its size, and its
# devices serve the next guest.
#
#   HOSTILE_ACCESSES=N  by each processor, for each seed (10000); `make soak`
#                       has ten million in all
#   HOSTILE_SEEDS=N     so many guests (4)
. "$(dirname "$0")/lib/twin.sh"
twin_needed
n=${HOSTILE_ACCESSES:-10000}
seeds=${HOSTILE_SEEDS:-4}
plan $((seeds * 2 + 5))
limit=$((60 + n / 200))

hostile() { # PROGRAM SEED N
	"$1" run --kernel build/payload/hostile.elf --memory 64M --cpus 2 \
		--device "vfio-user:$work/f0,at=05.0" \
		--device "vfio-user:$work/f1,at=05.1" --server-timeout 60000 \
		--timeout $limit --append "seed=$2 accesses=$3" </dev/null \
		>"$work/out" 2>"$work/err"
}

twin_start
for ((seed = 1; seed <= seeds; seed++)); do
	status=0
	hostile build/asan/passthru $seed "$n" || status=$?
	is "seed $seed: the guest came to its end" \
		"$status $(tail -n 1 "$work/out" | tr -d '\r')" \
		"0 accesses: $((2 * n))"
	ok "seed $seed: a guest cannot fill our log" \
		test "$(wc -l <"$work/err")" -le 50
	[ "$status" = 0 ] || note "$(cat "$work/out" "$work/err")"
done

# Its size once it runs, and at the end; in KiB
rss() {
	awk '/^VmRSS/ { print $2 }' "/proc/$1/status" 2>/dev/null
}
status=0
: >"$work/out" # what the last one said is not this one's
hostile build/passthru 100 $((2 * n)) &
pid=$!
for ((i = 0; i < 400; i++)); do
	grep -q 'second processor' "$work/out" && break
	sleep 0.05
done
child=$(pgrep -P "$(pgrep -P $pid)")
first=$(rss "$child")
last=$first
while sleep 0.2; now=$(rss "$child"); [ -n "$now" ]; do
	last=$now
done
wait $pid || status=$?
is "release build: the guest came to its end" "$status" 0
note "resident: $first KiB at the start, $last KiB at the end"
ok "and the VMM has not grown by 2 MiB" \
	test "${first:-0}" -gt 0 -a $((last - ${first:-0})) -lt 2048

driven enum 58
driven reset 38
twin_stop
is "the server lives, and ends with 0" "$twin_status" 0
