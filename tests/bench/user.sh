#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a trapped register read costs over vfio-user: our client and the
# software BCM5720, beside a bare exchange of the same bytes; with both ends on
# one processor, and on two.  And how many system calls a read is, at each end.
#
#   tests/bench/user.sh [PROGRAM]      build/release/user-bench, or another
#
# Twice as many reads minus as many leaves what one read costs.  A figure that
# misses its goal fails nothing.
set -eu
cd "$(dirname "$0")/../.."
bench=${1:-build/release/user-bench}
twin=build/bcm5720
count=2000
call='^([0-9]+ +)?[a-z0-9_]+[(]' # not the second half of one

for f in "$bench" "$twin"; do
	[ -x "$f" ] || { echo "bench: no $f (make $f)" >&2; exit 1; }
done
dir=$(mktemp -d)
pid=
stop() {
	[ -z "$pid" ] || { kill "$pid" && wait "$pid" || :; } 2>/dev/null
	pid=
}
trap 'stop; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

# start CMD...: the server, by it, until it says that it is ready
start() {
	: >"$dir/out"
	"$@" "$twin" --socket "$dir/socket" >"$dir/out" 2>"$dir/err" &
	pid=$!
	for _ in $(seq 100); do
		! grep -q ready "$dir/out" || return 0
		sleep 0.05
	done
	echo "bench: $twin is not ready: $(cat "$dir/err")" >&2
	exit 1
}

# What strace writes a line of for COUNT reads, at either end
calls() { # COUNT
	# -D: what is started is the server, not strace
	start strace -D -f -o "$dir/server"
	strace -f -o "$dir/client" "$bench" "$dir/socket" "-$1"
	stop
	client=$(grep -cE "$call" "$dir/client")
	server=$(grep -cE "$call" "$dir/server")
}

cpus=$(nproc)
for other in 0 $((cpus > 1)); do
	start taskset -c "$other"
	printf '%s ' "$([ "$other" = 0 ] && echo "one processor: " ||
		echo "two processors:")"
	taskset -c 0 "$bench" "$dir/socket" "$other"
	stop
	[ "$cpus" -gt 1 ] || break
done

if ! command -v strace >/dev/null; then
	echo "bench: no system calls counted (apt-get install strace)" >&2
	exit 0
fi
calls $count
once=$client once_server=$server
calls $((2 * count))
awk -v c=$((client - once)) -v s=$((server - once_server)) -v n=$count 'BEGIN {
	printf "system calls of a read: client %.2f, server %.2f " \
		"(bare exchange 3 and 3)\n", c / n, s / n }'
