# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Runtime power management: the guest's igb lets its NIC sleep when the link is
# gone, by `power/control` alone, and has it back for use.  The host sees the
# device in D3hot meanwhile.
#
# The guest has no other sign from outside than a link, so the second NIC's is
# taken away when the guest shall go on.
#
# rig: --hw igb --hw e1000e --hw monitor --mem 4G --timeout 900
set -u
. tests/rig/lib-scenario.sh

plan 11
nic=0000:01:00.0

state_is() { # STATE
	[ "$(cat $pci/$nic/power_state)" = "$1" ]
}

value() { # STEP
	sed -n "s/^$1 03.0: //p" "$OUT/runtime.out"
}

sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ok "host: drivers" modprobe -a igb e1000e
before=$(drivers)
(
	limit=400 guest runtime --managed --device 01:00.0,at=03.0 \
		--device 02:00.0,at=04.0 --cpus 2 --memory 512M -- sh -c \
		"NICS='03.0 04.0' DISK='' RUNTIME=03.0 SIGNAL=04.0
		$(guest_sh caps)" caps up runtime
	exit "$status"
) &
run=$!
ok "the guest is up" until_true 200 grep -q ^runtime-link "$OUT/runtime.out"
is "under traffic it is in D0" "$(cat $pci/$nic/power_state)" D0
monitor set_link rigc1.0 off
ok "without a link it is in D3hot, seen from the host" until_true 90 state_is D3hot
ok "and from the guest" until_true 60 grep -q ^runtime-asleep "$OUT/runtime.out"
monitor set_link rigc1.0 on
monitor set_link rigc2.0 off
ok "the guest wakes it: D0" until_true 60 state_is D0
status=0
wait $run || status=$?
is "status" "$status" 0
is "the guest's words: asleep" "$(value runtime-asleep)" "suspended 3"
is "awake" "$(value runtime-awake)" "active 0"
is "its pings are answered again" "$(value runtime)" 5
is "drivers are as before" "$(drivers)" "$before"
