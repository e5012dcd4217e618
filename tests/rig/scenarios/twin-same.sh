# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# One guest script, twice, with the software BCM5720 behind both: first from the
# kernel (QEMU's vfio-user-pci, IOMMU, vfio-pci), then from the device's sockets
# alone.  What the guest sees is the same to the byte: lspci, all of
# configuration space, MACs, links, ping, TCP, what ethtool (the self test that
# can be run online, too) and the kernel say.
# No driver has the device before: what one leaves in it outlives resets.
#
# rig: --hw 'bcm5720:--net pair' --mem 4G --timeout 1500
set -u
. tests/rig/lib-tg3.sh
. tests/rig/lib-user.sh

plan 15
steps="lspci config link ping ping6 tcp info errors online kind config lspci kernel"
guest_script="MIB=1; $(guest_sh tg3)"

# What differs although nothing is wrong.  Slots are the same, so are BARs and
# interrupts, mostly: let them be others.  What tg3 says of flow control depends
# on time: when the link that it has just restarted is up before it looks again,
# which a slow guest may see, it skips flow control until the next change.
allowance='/: Flow control is o(n|ff) for TX and o(n|ff) for RX$/d
	s/routed to IRQ [0-9]+$/routed to IRQ N/
	s/(Memory|Expansion ROM) at [0-9a-f]+/\1 at N/
	s/(BAR [0-5]|ROM) \[mem 0x[0-9a-f]+-0x[0-9a-f]+/\1 [mem N/
	s/^10: .*/10: N/
	s/^20:( [0-9a-f]{2}){8}/20: N/
	s/^30:( [0-9a-f]{2}){4}/30: N/'

told_by() { # NAME
	sed -E "$allowance" "$OUT/$1.out" >"$OUT/$1.told"
	[ "$(grep -c . "$OUT/$1.told")" -gt 600 ] || { echo "too short"; return 1; }
}

run() { # NAME OPTION...
	local name=$1
	shift
	# shellcheck disable=SC2086
	limit=600 guest "$name" "$@" --cpus 1 -- sh -c "$guest_script" tg3 $steps
	is "$name: status" "$status" 0
	ok "$name: it tells" told_by "$name"
	is "$name: ping by IPv4, IPv6" \
		"$(value "$name" ping 0a.0) $(value "$name" ping6 0a.0)" "3 3"
	is "$name: TCP both ways" \
		"$(value "$name" tcp 0a.0) $(value "$name" tcp 0b.0)" "equal equal"
	like "$name: interrupts" "$(value "$name" kind 0a.0)" "^msix 1 arrives"
	calm "$name"
}

run kernel --managed "${devices[@]}"
serve user --net pair
run user "${user[@]}"
unserve
ok "both were told the same" diff -U 2 "$OUT/kernel.told" "$OUT/user.told"
note "without the allowance: $(diff "$OUT/kernel.out" "$OUT/user.out" |
	grep -c '^[<>]') lines differ"
not_ok "the comparison notices another MAC" \
	cmp "$OUT/kernel.told" <(sed s/:e3/:e5/ "$OUT/user.told")
