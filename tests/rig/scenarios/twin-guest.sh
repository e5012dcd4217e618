# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The software BCM5720 given to a guest, both functions: its tg3 finds there
# what the host's found, every kind of interrupt arrives, what one port sends
# the other receives, and the host gets the device back as it was.
#
# rig: --hw 'bcm5720:--net pair' --mem 4G --timeout 900
set -u
. tests/rig/lib-tg3.sh

plan 50
guest_script=$(guest_sh tg3)
nomsix=build/hidemsix/passthru # see `rig-programs` in tests/tests.mk

twin() { # NAME OPTION... -- STEP...
	local name=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	guest "$name" --managed "${devices[@]}" "${options[@]}" \
		-- sh -c "$guest_script" tg3 "$@"
	is "$name: status" "$status" 0
}

value() { # NAME KEY SLOT
	sed -n "s/^$2 $3: //p" "$OUT/$1.out"
}

# Kind and number of interrupts; and that they came
irq() { # NAME KIND LINES CHIP
	local s got
	for s in 0a.0 0b.0; do
		got=$(value "$1" irq $s)
		like "$1: $s has $2 and it arrives" "$got" "^$2 $3 [1-9][0-9]+ $4"
	done
}

links() { # NAME
	is "$1: MAC of the first" "$(value "$1" mac 0a.0)" "$mac0"
	is "$1: MAC of the second" "$(value "$1" mac 0b.0)" "$mac1"
	is "$1: links" "$(value "$1" link 0a.0), $(value "$1" link 0b.0)" \
		"1000 full, 1000 full"
}

traffic() { # NAME
	is "$1: ping" "$(value "$1" ping 0a.0)" 3
	is "$1: TCP to the second" "$(value "$1" tcp 0a.0)" equal
	is "$1: TCP to the first" "$(value "$1" tcp 0b.0)" equal
}

calm() { # NAME
	is "$1: nothing was warned of" "$(sed '1,/^warned:/d' "$OUT/$1.out")" ""
}

back() { # NAME
	ok "$1: the host has both back, MACs and links as before" twin_is_back
}

ok "host: tg3 has both functions, with a link" twin_up
remember
guest_tree
for f in $pair; do
	host_lspci "$f" >"$OUT/host-$f"
done

twin all --cpus 1 -- link lspci ping tcp irq
is "all: driver" "$(value all driver 0a.0) $(value all driver 0b.0)" "tg3 tg3"
more=tests/golden/bcm5720-guest-allow.txt
ok "all: lspci of the first" same_lspci all 0a.0 "$OUT/host-$a" $more
ok "all: lspci of the second" same_lspci all 0b.0 "$OUT/host-$b" $more
is "all: firmware" "$(value all firmware 0a.0)" "FFV21.40.21 bc 5720-v1.39"
links all
traffic all
irq all msix 1 PCI-MSI
calm all
back all

twin four --cpus 4 -- link ping tcp irq
links four
traffic four
irq four msix 3 PCI-MSI
calm four
back four

passthru=$nomsix twin msi --cpus 1 -- link ping tcp irq
links msi
traffic msi
irq msi msi 1 PCI-MSI
calm msi
back msi

twin intx --cpus 2 --append pci=nomsi -- link ping tcp irq
links intx
traffic intx
irq intx intx 1 IO-APIC
calm intx
back intx

allowed="$allowed|vfio-pci .*: reset|kvm \[.*Unhandled WRMSR"
ok "host: nothing was said" quiet
