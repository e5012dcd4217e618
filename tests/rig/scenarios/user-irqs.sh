# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The software BCM5720 by vfio-user alone, no vfio-pci and no IOMMU of any use:
# every kind of interrupt arrives in a guest, what one port sends the other
# receives, and memory that the server offers is reached without an exit.
#
# rig: --mem 4G --timeout 1800
set -u
. tests/rig/lib-scenario.sh
. tests/rig/lib-user.sh

plan 33
guest_script="MIB=1; $(guest_sh tg3)"
nomsix=build/hidemsix/passthru # see `rig-programs` in tests/tests.mk

run() { # NAME "OPTION..." STEP...
	local name=$1 options=$2
	shift 2
	# shellcheck disable=SC2086
	limit=600 guest "$name" "${user[@]}" $options -- sh -c "$guest_script" tg3 "$@"
	is "$name: status" "$status" 0
	is "$name: links" "$(value "$name" link 0a.0), $(value "$name" link 0b.0)" \
		"1000 full, 1000 full"
	is "$name: ping" "$(value "$name" ping 0a.0)" 3
	is "$name: TCP both ways" \
		"$(value "$name" tcp 0a.0) $(value "$name" tcp 0b.0)" "equal equal"
}

irq() { # NAME KIND LINES CHIP
	local s
	for s in 0a.0 0b.0; do
		like "$1: $s has $2 and it arrives" "$(value "$1" irq $s)" \
			"^$2 $3 [1-9][0-9]+ $4"
	done
}

serve one --net pair
run four "--cpus 4" link ping tcp irq
irq four msix 3 PCI-MSI
calm four
passthru=$nomsix run msi "--cpus 1" link ping tcp irq
irq msi msi 1 PCI-MSI
calm msi
unserve

# MSI gets lost: the driver notices and falls back.  The same guest has memory
# to map; and the two ports share it, so that what goes in by one comes out by
# the other.
serve two --net pair --fault lost-msi --mmap
passthru=$nomsix run intx "--cpus 2 --append iomem=relaxed" \
	link ping tcp irq shared
irq intx intx 1 IO-APIC
is "intx: it was MSI first" "$(grep -c 'generated using MSI. Switching to INTx' \
	<(sed '1,/^warned:/d' "$OUT/intx.out"))" \
	"$(sed '1,/^warned:/d' "$OUT/intx.out" | wc -l)"
is "intx: what one port writes, the other reads" \
	"$(value intx shared 0b.0)" "100 0x12345678"
unserve

# What one port writes by the mapping the other reads, who traps nothing either;
# that no exit is taken is counted exactly by tests/kvm/twin-mmio.sh: a driver's
# own accesses, which poll, are never twice the same.
serve three --net pair --mmap
run mapped "--cpus 1 --append iomem=relaxed" link ping tcp irq shared
irq mapped msix 1 PCI-MSI
is "mapped: what one port writes, the other reads" \
	"$(value mapped shared 0b.0)" "100 0x12345678"
calm mapped
unserve
