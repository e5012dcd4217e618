# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# `ethtool -t` in a guest that was given the software BCM5720: the driver's own
# check of NVRAM, link, registers, memory, loopback and interrupts passes on
# both functions through passthru.  It makes a million register accesses with
# a lock held, each a message here, so the guest's watchdogs are off.  From the
# device's sockets each also leaves the guest, which an emulated machine takes
# far too long for: there twin-same.sh has the part that can be run online.
#
# rig: --hw 'bcm5720:--net pair' --mem 4G --timeout 600
set -u
. tests/rig/lib-tg3.sh

plan 9

ok "host: tg3 has both functions, with a link" twin_up
remember
guest test --managed "${devices[@]}" --cpus 1 \
	--append "nowatchdog rcupdate.rcu_cpu_stall_suppress=1" \
	-- sh -c "$(guest_sh tg3)" tg3 link test ping
is "status" "$status" 0
said() { # KEY SLOT
	sed -n "s/^$1 $2: //p" "$OUT/test.out"
}
for s in 0a.0 0b.0; do
	like "self test of $s" "$(said self-test $s)" 'result is PASS'
	is "its items of $s" "$(said self-test $s |
		grep -o 'line) [0-9]*' | cut -d' ' -f2 | xargs)" "0 0 0 0 0 0 0 0"
done
is "ping after that" "$(said ping 0a.0)" 3
is "nothing was warned of" "$(sed '1,/^warned:/d' "$OUT/test.out")" ""
ok "the host has both back" twin_is_back
