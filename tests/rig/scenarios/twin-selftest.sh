# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# `ethtool -t` in a guest that was given the software BCM5720, by the kernel and
# then by its sockets: the driver's own check of NVRAM, link, registers, memory,
# loopback and interrupts passes on both functions through passthru, and says
# the same.  It makes a million register accesses with a lock held, each a
# message here, so the guest's watchdogs are off; and takes minutes.
#
# rig: --hw 'bcm5720:--net pair' --mem 4G --timeout 4000
set -u
. tests/rig/lib-tg3.sh
. tests/rig/lib-user.sh

plan 18
script=$(cat tests/rig/guest/tg3.sh)

run() { # NAME OPTION...
	local name=$1 s
	shift
	limit=1800 guest "$name" "$@" --cpus 1 \
		--append "nowatchdog rcupdate.rcu_cpu_stall_suppress=1" \
		-- sh -c "$script" tg3 link test ping
	is "$name: status" "$status" 0
	for s in 0a.0 0b.0; do
		like "$name: self test of $s" "$(value "$name" self-test $s)" \
			'result is PASS'
		is "$name: its items of $s" "$(value "$name" self-test $s |
			grep -o 'line) [0-9]*' | cut -d' ' -f2 | xargs)" \
			"0 0 0 0 0 0 0 0"
	done
	is "$name: ping after that" "$(value "$name" ping 0a.0)" 3
	calm "$name"
}

ok "host: tg3 has both functions, with a link" twin_up
remember
run kernel --managed "${devices[@]}"
ok "the host has both back" twin_is_back
serve user --net pair
run user "${user[@]}"
unserve
ok "both were told the same" diff "$OUT/kernel.out" "$OUT/user.out"
