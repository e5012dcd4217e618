# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# In the guest: every e1000e function by every IntMode named, in one boot.
#
#   sh -c "$(cat nic.sh)" nic [MODE...]     2 MSI-X, 1 MSI, 0 INTx; - as it is
#   sh -c "LSPCI=MODE; $(cat nic.sh)" ...   and lspci in that mode
#
# A line for each mode and interface:
#   mode=2 slot=0a.0 mac=... enabled=msix chip=PCI-MSI lines=3 grew=14 received=3

pci=/sys/bus/pci/devices

ifname() { # SLOT
	ls "$pci/0000:00:$1/net"
}

# Interrupts of an interface so far, over all of its lines and CPUs
count() { # IFNAME
	awk -v n="$1" '$NF == n || index($NF, n "-") == 1 {
		for (i = 2; $i ~ /^[0-9]+$/; i++) s += $i }
		END { print s + 0 }' /proc/interrupts
}

lines() { # IFNAME
	awk -v n="$1" '$NF == n || index($NF, n "-") == 1' /proc/interrupts
}

chip() { # IFNAME
	lines "$1" | grep -Eo 'PCI-MSIX?|IO-APIC|XT-PIC' | sort -u | xargs
}

enabled() { # SLOT
	lspci -vv -s "$1" | sed -n 's/.*MSI-X: Enable+.*/msix/p
		s/.*MSI: Enable+.*/msi/p'
}

# The driver tries MSI out with an interrupt cause that it keeps masked (RXSEQ;
# Linux 6.1 and 7.3 do so) and falls back to INTx, on every machine.  So fire
# another one beside it meanwhile: LSC, bit 2 of ICS, register 0xc8.
fire_lsc() { # SLOT
	bar=$(head -n 1 "$pci/0000:00:$1/resource" | cut -d' ' -f1)
	while :; do
		devmem $((bar + 0xc8)) 32 4
	done
}

link_up() { # SLOT MODE
	n=$(ifname "$1")
	if [ "$2" = 1 ]; then
		fire_lsc "$1" &
		helper=$!
		ip link set "$n" up
		kill $helper
		wait $helper 2>/dev/null
	else
		ip link set "$n" up
	fi
	ip addr add 10.0.2.15/24 dev "$n"
}

carrier() { # SLOT
	n=$(ifname "$1")
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ "$(cat "/sys/class/net/$n/carrier")" = 1 ] && return
		sleep 0.2
	done
}

try() { # SLOT MODE
	n=$(ifname "$1")
	carrier "$1"
	before=$(count "$n")
	got=$(ping_count "" 3 -i 0.2 -W 20 -I "$n" 10.0.2.2)
	echo "mode=$2 slot=$1 mac=$(cat "/sys/class/net/$n/address")" \
		"enabled=$(enabled "$1") chip=$(chip "$n")" \
		"lines=$(lines "$n" | wc -l)" \
		"grew=$(($(count "$n") - before)) received=$got"
}

slots=$(lspci -n -d 8086: | sed -n 's/^\(0000:\)\{0,1\}00:\([^ ]*\) 0200.*/\2/p')
for mode; do
	case $mode in
	-) ;;
	*)
		rmmod e1000e 2>/dev/null
		modprobe e1000e "IntMode=$mode,$mode"
		;;
	esac
	for s in $slots; do
		link_up "$s" "$mode"
	done
	for s in $slots; do
		try "$s" "$mode"
	done
	[ "$mode" != "${LSPCI:-}" ] || for s in $slots; do
		echo "lspci $s:"
		lspci -vvv -s "$s"
	done
done
dmesg | grep -i -e 'MSI interrupt test' -e 'nobody cared' -e 'Call Trace' \
	-e 'TX hang' -e 'Hardware Unit Hang'
true
