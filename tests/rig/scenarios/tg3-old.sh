# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The essentials of tg3.sh and its fellows by the tg3 of an older kernel.
#
# rig: --hw 'bcm5720:--net pair' --kernel-version 6.1 --append iommu=pt
# rig: --mem 2G --timeout 600
set -u
. tests/rig/lib-tg3.sh

plan 19

like "it is that kernel" "$(uname -r)" '^6\.1\.'
ok "tg3 has both functions, with a link" twin_up
remember
dmesg >"$OUT/dmesg-probe"
like "dmesg: partno, revision, MAC" "$(cat "$OUT/dmesg-probe")" \
	"Tigon3 \[partno\(BCM95720\) rev 5720000\] \(PCI Express\) MAC address $mac0"
like "dmesg: PHY" "$(cat "$OUT/dmesg-probe")" 'attached PHY is 5720C'
like "firmware version" "$(ethtool -i "$if0")" \
	'^firmware-version: FFV21\.40\.21 bc 5720-v1\.39$'
for f in $pair; do
	ok "$f: lspci -vvv is the golden file's" same_as_golden $f
	ok "$f: lspci -xxxx is the golden file's" same_bytes $f
done
ok "a Linux at each end" twin_apart
ok "ping" pings in0 10.9.0.2
ok "ping by IPv6" pings in1 fd00:9::1
tcp "TCP: 64 MiB, first to second" in0 in1 10.9.0.2
tcp "TCP: 64 MiB, second to first" in1 in0 10.9.0.1
ok "self test of the first" self_test in0 "$if0"
ok "self test of the second" self_test in1 "$if1"
ok "nothing was said" quiet
ip netns del n0
ip netns del n1
back() {
	local i
	for i in 1 2 3; do
		until_true 5 [ -n "$(ifname_of $b)" ]
		rmmod tg3 && modprobe tg3 && twin_is_back || return
	done
}
ok "module unloaded and loaded" back
ok "still nothing" quiet
