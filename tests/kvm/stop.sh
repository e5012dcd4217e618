#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every way in which a guest or somebody else ends the machine, and the status
# that tells which it was.
. "$(dirname "$0")/lib/kvm.sh"
kvm_needed
plan 24

ends() { # HOW STATUS MESSAGE
	payload stop --append "how=$1"
	is "$1: status" "$status" "$2"
	is "$1: message" "$err" "${3:+passthru: $3}"
}

ends off 0 ""
ends reset 0 ""
ends kbd 0 ""
ends panic 123 "guest kernel panicked"
ends triple 122 "guest triple-faulted"
ends trap 99 ""

for how in hang spin; do
	start=$(date +%s%N)
	payload stop --append "how=$how" --timeout 1
	took=$((($(date +%s%N) - start) / 1000000))
	is "$how: --timeout gives 124" "$status" 124
	is "$how: it was heard before" "$out" ready
	ok "$how: the time was not over before, after $took ms" \
		test $took -ge 1000
done

# In a process of its own, killed when the guest is known to run
signalled() { # SIGNAL
	local pid i
	build/passthru run --kernel build/payload/stop.elf --append how=hang \
		--cpus 2 --timeout 20 </dev/null >"$work/out" 2>"$work/err" &
	pid=$!
	for ((i = 0; i < 200; i++)); do
		grep -q ready "$work/out" && break
		sleep 0.05
	done
	kill "-$1" $pid
	status=0
	wait $pid || status=$?
}

signalled TERM
is "SIGTERM gives 143" "$status" 143
signalled HUP
is "SIGHUP gives 129" "$status" 129

payload stop --append how=nothing
is "the payload notices a word it does not know" "$status" 1
like "and says so" "$out" "^FAIL: "

echo "this is no kernel" >"$work/garbage"
status=0
err=$(build/passthru run --kernel "$work/garbage" </dev/null 2>&1) || status=$?
is "no kernel: status" "$status" 125
is "no kernel: one line that names it" \
	"$(grep -c "^passthru: $work/garbage: " <<<"$err") of $(wc -l <<<"$err")" \
	"1 of 1"
