# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Guests whose RAM fills all below the PCI hole, and goes on above 4 GiB: they
# boot, see it all, and devices reach it.
#
# rig: --hw e1000e-pair --mem 8G --timeout 900
set -u
. tests/rig/lib-scenario.sh

plan 9

# Pings, then as many buffers that the device fills as fit a while of flooding
look="$(guest_sh)"'
grep MemTotal /proc/meminfo
grep -i "system ram" /proc/iomem
n=$(ls /sys/bus/pci/devices/0000:00:0a.0/net)
ip link set $n up; ip addr add 10.0.2.15/24 dev $n
ping -q -c 1 -w 20 10.0.2.2
echo "pings $(ping_count "" 3 10.0.2.2) $(ping_count "" 500 -f -s 1400 10.0.2.2)"'

ok "host: the pair is on e1000e and has a link" pair_up
for g in 3 5; do
	guest ${g}G --managed "${devices[@]}" --memory ${g}G -- sh -c "$look"
	is "${g}G: status" "$status" 0
	note "$(cat "$OUT/${g}G.out")"
	total=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' "$OUT/${g}G.out")
	ok "${g}G: the guest has it all" [ "${total:-0}" -gt $((g * 960 * 1024)) ]
	is "${g}G: pings" "$(sed -n 's/^pings //p' "$OUT/${g}G.out")" \
		"3 500"
	pair_back ${g}G
done
