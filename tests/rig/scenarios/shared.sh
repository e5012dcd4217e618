# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A guest ends while its device is about to raise an interrupt line that a NIC
# of the host has, too.  From when passthru takes VFIO's handler away to when the
# kernel resets the device nobody answers for it: it must not be able to assert
# the line, or the kernel takes that away from the NIC ("nobody cared").
#
# The device takes a tenth of a second.  Unpinning is in between, and takes
# longer: without huge pages.  Seen before passthru set DisINTx: 100,016
# interrupts, and "nobody cared".  A device that had MSI is kept by the kernel,
# and a passthru that cleared DisINTx for a moment had 10,000 of it.
#
# rig: --hw e1000 --hw edu --hw edu --hw edu --hw edu --mem 4G --timeout 300
set -u
. tests/rig/lib-scenario.sh

plan 12
nic=0000:01:00.0 edu=0000:05:00.0

answers() {
	ping -c 3 -W 2 10.0.2.2
}

# How often the line came, and how often nobody wanted it: that counter begins
# anew now and then, the other does not
line_count() {
	awk -v n="$irq:" '$1 == n { print $2 + $3 }' /proc/interrupts
}
unhandled() {
	awk '$1 == "unhandled" { print $2 }' "/proc/irq/$irq/spurious"
}

# STATUS and COMMAND of the device itself, whatever VFIO makes a guest believe
watch_edu() {
	while :; do
		od -An -v -tx4 -j 4 -N 4 $pci/$edu/config
	done
}

# Interrupt Status and DisINTx are on, bus master is off
asserted='00[189]8050[02]'

leaves() { # NAME APPEND
	local before wanted watcher
	before=$(line_count)
	wanted=$(unhandled)
	watch_edu >"$OUT/$1.edu" &
	watcher=$!
	guest "$1" --managed --device $edu --memory 2G \
		--kernel build/payload/late.elf --append "$2"
	kill $watcher
	is "$1: the guest's status" "$status" 0
	note "line $irq came $(($(line_count) - before)) times," \
		"nobody's: $wanted before, $(unhandled) after"
	ok "$1: the line did not come for that" \
		test $(($(line_count) - before)) -le 100
	ok "$1: next to nothing on it was nobody's" \
		test $(($(unhandled) - wanted)) -le 10
	not_ok "$1: the kernel has not given it up" \
		grep -q "nobody cared" <(dmesg)
}

modprobe e1000
echo never >/sys/kernel/mm/transparent_hugepage/enabled
if=$(ifname_of $nic)
ip addr add 10.0.2.15/24 dev "$if"
ip link set "$if" up
ok "host: the NIC works" until_true 10 answers
irq=$(cat $pci/$nic/irq)
dmesg -C

leaves intx ""
ok "intx: edu asserted its line when nobody answered for it" \
	grep -q "$asserted" "$OUT/intx.edu"
is "they share a line" "$(cat $pci/$edu/irq)" "$irq"
leaves msi "msi=1 work=100000000"
note "msi: edu's line, seen $(grep -c "$asserted" "$OUT/msi.edu") times"
ok "host: the NIC still works" answers
