#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a matrix of one server each does not show: places where no server is,
# servers beside each other, the usual time limit, and being told to stop while
# a server does not answer.
set -u
cd "${BASH_SOURCE[0]%/*}/../.." || exit
. tests/tap.sh

LIAR=build/${FLAVOUR:-release}/liar
PASSTHRU=build/${FLAVOUR:-release}/passthru
why=$("build/${FLAVOUR:-release}/kvm-usable") || skip_all "${why:-no KVM}"
dir=$(mktemp -d)
servers=()
tag=a
finish() {
	[ ${#servers[@]} = 0 ] || kill -KILL "${servers[@]}" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 143' TERM INT

liar() { # NAME WORD...
	local name=$1
	shift
	servers+=("$("$LIAR" --fork --socket "$dir/$name" "$@" 2>>"$dir/liars")")
}

# Sets status, took (ms), out, err; $tag is for those who run beside others
run() { # PAYLOAD WORD...
	local payload=$1 start=${EPOCHREALTIME/./}
	shift
	status=0
	timeout -s KILL 120 "$PASSTHRU" run --memory 64M \
		--kernel "build/payload/$payload.elf" "$@" \
		</dev/null >"$dir/out.$tag" 2>"$dir/err.$tag" || status=$?
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	out=$(tr -d '\r' <"$dir/out.$tag")
	err=$(<"$dir/err.$tag")
}

refused() { # NAME PATH MESSAGE
	run hello --device "vfio-user:$2"
	is "$1: status" "$status" 125
	like "$1: the message" "$err" "^passthru: vfio-user:$2: $3"
}

plan 29

# A second for each answer is slow, and no more than that; it takes a while
liar slow --delay-ms 1000
(
	tag=slow
	run hello --device "vfio-user:$dir/slow" --timeout 110
	echo "$status $out$err"
) >"$dir/slow.said" &
slow=$!

refused "nothing there" "$dir/none" 'connect: ENOENT .*start the server'
: >"$dir/file"
refused "a file" "$dir/file" 'connect: ENOTSOCK'
refused "a directory" "$dir" 'connect: '
liar old
kill -KILL "${servers[-1]}"
refused "a dead server's socket" "$dir/old" 'connect: ECONNREFUSED'
long=$dir/$(printf 'x%.0s' {1..120})
run hello --device "vfio-user:$long"
is "a path that is too long: status" "$status" 125

# The same socket twice: the server takes one client
liar one
run hello --server-timeout 300 --device "vfio-user:$dir/one" \
	--device "vfio-user:$dir/one"
is "one server for two devices: status" "$status" 125
is "one server for two devices: one line" "$(wc -l <<<"$err")" 1

# One of two is killed; the guest goes on with the other
liar bad --lie kill-in-1s@SET_IRQS:1
liar good
run lying --device "vfio-user:$dir/bad,at=01.0" \
	--device "vfio-user:$dir/good,at=02.0" --append "slot=2 wait=1500"
is "one of two is killed: status" "$status" 121
is "one of two is killed: the other is there" "$(tail -n 1 <<<"$out")" \
	"last 4c494152"
is "one of two is killed: one line" "$(wc -l <<<"$err")" 1
like "one of two is killed: the message" "$err" "vfio-user:$dir/bad: ECONNRESET"

# The usual limit, which is for one answer: 5 s
liar silent --lie silent@GET_INFO
run hello --device "vfio-user:$dir/silent"
is "silent: status" "$status" 125
like "silent: the message" "$err" "$dir/silent: GET_INFO: ETIMEDOUT .*5 s"
ok "silent: after $took ms" test "$took" -ge 4900 -a "$took" -le 7500
liar stopped --lie stop@REGION_READ/0:2
run lying --device "vfio-user:$dir/stopped"
is "stopped in mid-run: status" "$status" 121
like "stopped: the message" "$err" "$dir/stopped: REGION_READ: ETIMEDOUT .*5 s"
is "stopped: one line" "$(wc -l <<<"$err")" 1
is "stopped: the guest reads ones" "$(tail -n 1 <<<"$out")" "last ffffffff"
ok "stopped: after $took ms" test "$took" -ge 4900 -a "$took" -le 9000

# Asked to stop while a vCPU waits for an answer
liar deaf --lie deaf@REGION_READ/0:2
"$PASSTHRU" run --kernel build/payload/lying.elf --memory 64M \
	--device "vfio-user:$dir/deaf" </dev/null >"$dir/out" 2>"$dir/err" &
pid=$!
for ((i = 0; i < 500; i++)); do
	grep -qs '^id' "$dir/out" && break
	sleep 0.01
done
start=${EPOCHREALTIME/./}
kill -TERM $pid
status=0
wait $pid || status=$?
took=$(((${EPOCHREALTIME/./} - start) / 1000))
is "SIGTERM while an answer is awaited: status" "$status" 143
ok "SIGTERM while an answer is awaited: after $took ms" test "$took" -le 7000

# The time is up, likewise
liar deaf2 --lie deaf@REGION_READ/0:2
run lying --timeout 1 --device "vfio-user:$dir/deaf2"
is "--timeout while an answer is awaited: status" "$status" 124
ok "--timeout while an answer is awaited: after $took ms" \
	test "$took" -le 9000

wait $slow
is "a second a message" "$(<"$dir/slow.said")" "0 hello from the guest"
is "no server found its client at fault" "$(cat "$dir/liars")" ""
