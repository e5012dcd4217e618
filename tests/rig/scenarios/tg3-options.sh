# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The software BCM5720 as another card: with management firmware, other MACs,
# another part number, at 100 Mbit/s.
#
# rig: --hw 'bcm5720:--asf on --mac 02:00:00:5a:00:01,02:00:00:5a:00:02 --link 100 --vpd PN=OTHER'
# rig: --mem 1G --timeout 200
set -u
. tests/rig/lib-tg3.sh

plan 11

ok "tg3 has both functions, with a link" twin_up
remember
dmesg >"$OUT/dmesg-probe"
is "MACs" "$mac0 $mac1" "02:00:00:5a:00:01 02:00:00:5a:00:02"
like "part number" "$(cat "$OUT/dmesg-probe")" 'Tigon3 \[partno\(OTHER\) '
like "management firmware" "$(cat "$OUT/dmesg-probe")" 'ASF\[1\]'
like "firmware version" "$(ethtool -i "$if0")" \
	'^firmware-version: FFV21\.40\.21 bc 5720-v1\.39'
is "speed" "$(cat "/sys/class/net/$if0/speed" "/sys/class/net/$if1/speed" |
	xargs)" "100 100"
ip addr add 10.0.2.15/24 dev "$if0"
ok "ping" pings 10.0.2.2
ip addr del 10.0.2.15/24 dev "$if0"
ip addr add 10.0.2.15/24 dev "$if1"
ok "ping by the second" pings 10.0.2.2
sleep 5
is "links have not flapped" "$(dmesg | grep -c 'Link is down')" 0
reopened() {
	local i
	for i in 1 2 3 4 5; do
		ip link set "$if1" down && ip link set "$if1" up || return
	done
	twin_carrier $b && pings 10.0.2.2
}
ok "down and up" reopened
ok "nothing was said" quiet
