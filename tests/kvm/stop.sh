#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every way in which a guest or somebody else ends the machine, and the status
# that tells which it was.
. "$(dirname "$0")/lib/kvm.sh"
kvm_needed
plan 34

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
	payload stop --append "how=$how" --timeout 4
	took=$((($(date +%s%N) - start) / 1000000))
	is "$how: --timeout gives 124" "$status" 124
	is "$how: it was heard before" "$out" ready
	ok "$how: the time was not over before, after $took ms" \
		test $took -ge 4000
done

# In the background, until the guest has said so N times
background() { # N OPTION...
	local n=$1 i
	shift
	build/passthru run --kernel build/payload/stop.elf --timeout 20 "$@" \
		</dev/null >"$work/out" 2>"$work/err" &
	pid=$!
	for ((i = 0; i < 200; i++)); do
		[ "$(grep -c ready "$work/out")" -lt "$n" ] || break
		sleep 0.05
	done
}

ended() {
	status=0
	wait $pid 2>/dev/null || status=$?
}

signalled() { # SIGNAL
	background 1 --append how=hang --cpus 2
	kill "-$1" $pid
	ended
}

signalled TERM
is "SIGTERM gives 143" "$status" 143
signalled HUP
is "SIGHUP gives 129" "$status" 129

# The guest is a process of its own, which ends with the one that was typed, and
# whose end that one survives
background 1 --append how=hang
child=$(pgrep -P $pid)
kill -KILL $pid
ended
is "killed: status" "$status" 137
for ((i = 0; i < 40; i++)); do
	[ -d "/proc/$child" ] || break
	sleep 0.05
done
not_ok "and the guest with it" test -d "/proc/$child"
background 1 --append how=hang
kill -KILL "$(pgrep -P $pid)"
ended
is "the guest killed alone: status" "$status" 137
is "and a line" "$(cat "$work/err")" \
	"passthru: the machine's process was ended by signal 9 (Killed)"

# Again and again, until somebody has enough
background 3 --on-reboot restart --append how=reset
kill -TERM $pid
ended
is "--on-reboot restart: ended by SIGTERM" "$status" 143
like "--on-reboot restart: a line each time" "$(uniq "$work/err")" \
	"^passthru: guest reset itself; it starts again$"
payload stop --append how=off --on-reboot restart
is "--on-reboot restart: off is off" "$status $out" "0 ready"
payload stop --append how=triple --on-reboot restart
is "--on-reboot restart: a triple fault is no reboot" "$status" 122
payload stop --append how=reset --on-reboot maybe
is "--on-reboot with another word" "$err" \
	"passthru: --on-reboot maybe: give exit or restart"
payload stop --append how=reset --on-reboot exit
is "--on-reboot exit" "$status $out" "0 ready"

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
