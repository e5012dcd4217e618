# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# In the guest: ports of a BCM5720 behind each of which 10.0.2.2 answers.
#
#   sh -c "SLOTS='0a.0 0a.1'; $(cat responder.sh)" responder STEP...
#
# up      every port in a network namespace of its own; MAC, link, carrier
# ping    twenty quick pings of each port
# again   the same, once more
# wait    three seconds
# kind    kind of interrupts
# said    what the kernel said of each since the last time
# flood   an endless ping -f of the first, then a line `traffic`
# gone    waits for the first to be no more, and tells what is left
# flr     the last is reset, as a write to its configuration space
# Lines are `KEY SLOT: VALUE`.  What the kernel warned of comes last.

pci=/sys/bus/pci/devices

in_ns() { # SLOT CMD ARG...
	ns=f${1%.*}${1#*.}
	shift
	ip netns exec "$ns" "$@"
}

until_true() { # SECONDS CMD...
	i=$(($1 * 5))
	shift
	until "$@" >/dev/null 2>&1; do
		i=$((i - 1))
		[ $i -gt 0 ] || return
		sleep 0.2
	done
}

linked() { # SLOT
	in_ns "$1" ip link show | grep -q 'eth.*LOWER_UP'
}

up() { # SLOT
	n=$(ls "$pci/0000:00:$1/net") || return
	echo "mac $1: $(cat "/sys/class/net/$n/address")"
	ip netns add "f${1%.*}${1#*.}"
	ip link set "$n" netns "f${1%.*}${1#*.}"
	in_ns "$1" ip addr add 10.0.2.15/24 dev "$n"
	in_ns "$1" ip link set "$n" up || echo "error $1: cannot be set up"
}

do_up() {
	for s in $SLOTS; do
		up "$s"
	done
	for s in $SLOTS; do
		until_true 10 linked "$s"
		linked "$s" && echo "link $s: up"
	done
}

pings() { # KEY SLOT
	in_ns "$2" ping -q -c 1 -W 5 10.0.2.2 >/dev/null
	echo "$1 $2: $(ping_count "in_ns $2" 20 -i 0.02 -W 20 10.0.2.2)"
}

do_ping() {
	for s in $SLOTS; do
		pings ping "$s"
	done
}

do_again() {
	for s in $SLOTS; do
		pings again "$s"
	done
}

do_wait() {
	sleep 3
}

do_kind() {
	for s in $SLOTS; do
		echo "kind $s: $(lspci -vv -s "$s" | sed -n \
			's/.*MSI-X: Enable+.*/msix/p; s/.*MSI: Enable+.*/msi/p')"
	done
}

do_said() {
	for s in $SLOTS; do
		dmesg | sed -n "s/^\[[^]]*\] \(tg3 .*\)0000:00:${s}[^:]*: /said $s: \1/p"
	done
	dmesg -c >/tmp/dmesg.before
}

do_flood() {
	s=${SLOTS%% *}
	in_ns "$s" ping -q -f 10.0.2.2 >/dev/null &
	sleep 1
	bar=$(sed -n '1s/ .*//p' "$pci/0000:00:$s/resource")
	echo "register $s: $(devmem "$bar" 32)"
	echo traffic
}

ones() { # SLOT
	[ "$(setpci -s "$1" 0.l)" = ffffffff ]
}

do_gone() {
	s=${SLOTS%% *}
	until_true 60 ones "$s"
	sleep 1
	echo "config $s: $(setpci -s "$s" 0.l) $(setpci -s "$s" 100.l)"
	echo "register $s: $(devmem "$bar" 32)"
	devmem "$bar" 32 1
	setpci -s "$s" 4.w=7
	echo "alive: $(seq 1000 | wc -l)"
	kill $!
}

do_flr() {
	s=${SLOTS##* }
	setpci -s "$s" CAP_EXP+8.w=8000:8000
	sleep 0.5
	echo "flr $s: $(setpci -s "$s" 0.l)"
}

for step; do
	"do_$step"
done
echo "warned:"
dmesg | grep -i -e 'nobody cared' -e 'call trace' -e 'timed out' \
	-e '\] WARNING:'
true
