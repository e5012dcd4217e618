# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A guest ends while its device is about to raise an interrupt line that a NIC
# of the host has, too.  From when passthru takes VFIO's handler away to when the
# kernel resets the device nobody answers for it: it must not be able to assert
# the line, or the kernel takes that away from the NIC ("nobody cared").
#
# The longest of that time is the unpinning of 2 GiB, the device's is 100 ms.
# Without the mask before the line is given up, 16,439 were nobody's.
#
# rig: --hw e1000 --hw edu --hw edu --hw edu --hw edu --mem 4G --timeout 300
set -u
. tests/rig/lib-scenario.sh

plan 7
nic=0000:01:00.0 edu=0000:05:00.0

# Interrupts on the line that no handler wanted; the kernel counts to 100,000
unhandled() {
	awk '$1 == "unhandled" { print $2 }' "/proc/irq/$irq/spurious"
}

answers() {
	ping -c 3 -W 2 10.0.2.2
}

modprobe e1000
if=$(ifname_of $nic)
ip addr add 10.0.2.15/24 dev "$if"
ip link set "$if" up
ok "host: the NIC works" until_true 10 answers
irq=$(cat $pci/$nic/irq)
dmesg -C

before=$(unhandled)
guest late --managed --device $edu --memory 2G --kernel build/payload/late.elf
is "the guest's status" "$status" 0
is "they share a line" "$(cat $pci/$edu/irq)" "$irq"
note "line $irq, nobody's: $before before, $(unhandled) after"
ok "next to nothing on it was nobody's" test $(($(unhandled) - before)) -le 10
not_ok "the kernel has not given it up" grep -q "nobody cared" <(dmesg)
ok "host: the NIC still works" answers
is "host: edu has no driver, as before" "$(driver_of $edu)" none
