#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What an administrator does by hand to give a dual-port NIC to a guest, step
# by step, each command shown before it runs.  Runs as root in the rig; fails
# when a step does not show what it should.
set -eu

a=0000:02:00.0
b=0000:02:00.1
sys=/sys/bus/pci/devices
step=0

title() {
	step=$((step + 1))
	printf '\n== %d. %s\n' "$step" "$*"
}

run() {
	printf '$ %s\n' "$*"
	"$@"
}

driver() {
	link=$(readlink "$sys/$1/driver") || link=none
	echo "${link##*/}"
}

expect() {
	if [ "$2" != "$3" ]; then
		echo "demo: $1: '$2', expected '$3'" >&2
		exit 1
	fi
}

# The host's drivers have the NIC, as on a machine that has been up for a while.
modprobe tg3
sysctl -q net.ipv6.conf.default.accept_ra=0 2>/dev/null || true
expect "driver of $a" "$(driver $a)" tg3

title "The device is one NIC with two functions, in one IOMMU group"
run lspci -nn -s 02:00
run readlink $sys/$a/iommu_group
run ls $sys/$a/iommu_group/devices/
group=$(basename "$(readlink $sys/$a/iommu_group)")
expect "group of $b" "$(basename "$(readlink $sys/$b/iommu_group)")" "$group"
echo "Both are in group $group, so both must go. Their drivers now:"
echo "  $a $(driver $a), $b $(driver $b)"

title "Bind both to vfio-pci, boot a guest with them at 00:0a.0 and 00:0b.0," \
	"use the network, give them back"
echo "\$ passthru run --managed --device $a,at=0a.0 --device $b,at=0b.0 -- sh -c '...'"
build/passthru run --managed --console "$OUT/guest-console.log" --timeout 120 \
	--device $a,at=0a.0 --device $b,at=0b.0 -- sh -c "$(cat scripts/demo-guest.sh)"

title "The guest has ended: the host has its drivers back"
echo "  $a $(driver $a), $b $(driver $b)"
expect "driver of $a" "$(driver $a)" tg3
expect "driver of $b" "$(driver $b)" tg3
for nic in $sys/$a/net/*; do
	nic=${nic##*/}
	run ip link set "$nic" up
	n=0
	until [ "$(cat "/sys/class/net/$nic/carrier")" = 1 ]; do
		n=$((n + 1))
		[ $n -lt 100 ] || expect "link of $nic" down up
		sleep 0.1
	done
	run ip -br link show "$nic"
done
