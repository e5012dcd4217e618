# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# In the guest: both functions of a BCM5720, its ports joined by a cable.
#
#   sh -c "$(cat tg3.sh)" tg3 [STEP...]
#
# lspci   what lspci -vvv says, behind a line `lspci SLOT:`
# link    both up; a line for each with MAC, driver, firmware, speed
# ping    the first pings the second, a network namespace each
# tcp     MIB by TCP both ways
# test    the driver's self test, offline, of both
# irq     a line for each with the kind and number of its interrupts
# Lines are `KEY SLOT: VALUE`.  What the kernel warned of comes last.

pci=/sys/bus/pci/devices
MIB=${MIB:-8}

ifname() { # SLOT
	ls "$pci/0000:00:$1/net"
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

linked() { # NETNS-CMD IFNAME
	$1 ip link show "$2" | grep -q LOWER_UP
}

do_lspci() {
	for s in 0a.0 0b.0; do
		echo "lspci $s:"
		lspci -vvv -s $s
	done
}

do_link() {
	for s in 0a.0 0b.0; do
		ip link set "$(ifname $s)" up || echo "error $s: cannot be set up"
	done
	for s in 0a.0 0b.0; do
		n=$(ifname $s)
		until_true 20 linked "" "$n"
		echo "mac $s: $(cat "/sys/class/net/$n/address")"
		echo "driver $s: $(basename "$(readlink $pci/0000:00:$s/driver)")"
		echo "link $s: $(cat "/sys/class/net/$n/speed" \
			"/sys/class/net/$n/duplex" | xargs)"
		ethtool -i "$n" | sed -n "s/^firmware-version/firmware $s/p"
	done
}

in0() {
	ip netns exec n0 "$@"
}

in1() {
	ip netns exec n1 "$@"
}

apart() {
	[ ! -e /var/run/netns/n0 ] || return 0
	a=$(ifname 0a.0) b=$(ifname 0b.0)
	ip netns add n0
	ip netns add n1
	ip link set "$a" netns n0
	ip link set "$b" netns n1
	in0 ip addr add 10.9.0.1/24 dev "$a"
	in1 ip addr add 10.9.0.2/24 dev "$b"
	in0 ip link set "$a" up
	in1 ip link set "$b" up
	until_true 20 linked in0 "$a"
	until_true 20 linked in1 "$b"
}

do_ping() {
	apart
	until_true 10 in0 ping -q -c 1 -W 1 10.9.0.2
	echo "ping 0a.0: $(in0 ping -q -c 3 -i 0.2 -W 2 10.9.0.2 |
		sed -n 's/.* \([0-9]*\) received.*/\1/p')"
}

way() { # SLOT FROM TO ADDR
	# nc ends when either side has nothing more to say: this one waits
	[ -e /tmp/silence ] || mkfifo /tmp/silence
	$3 busybox nc -l -p 5001 <>/tmp/silence >/tmp/got &
	pid=$!
	until_true 5 listening "$3"
	$2 timeout 60 busybox nc "$4" 5001 </tmp/blob
	wait $pid
	if cmp -s /tmp/blob /tmp/got; then
		echo "tcp $1: equal"
	else
		echo "tcp $1: $(wc -c </tmp/got) bytes: $(cmp /tmp/blob /tmp/got 2>&1)"
	fi
}

listening() { # NETNS-CMD
	$1 busybox netstat -ltn | grep -q ':5001 '
}

do_tcp() {
	apart
	head -c $((MIB << 20)) /dev/urandom >/tmp/blob
	way 0a.0 in0 in1 10.9.0.2
	way 0b.0 in1 in0 10.9.0.1
	rm -f /tmp/blob /tmp/got
}

do_test() {
	apart
	echo "self-test 0a.0: $(in0 ethtool -t "$a" offline | xargs)"
	echo "self-test 0b.0: $(in1 ethtool -t "$b" offline | xargs)"
}

kind() { # SLOT
	lspci -vv -s "$1" | sed -n 's/.*MSI-X: Enable+.*/msix/p
		s/.*MSI: Enable+.*/msi/p'
}

do_irq() {
	for s in 0a.0 0b.0; do
		n=${a:-$(ifname 0a.0)}
		[ $s = 0a.0 ] || n=${b:-$(ifname 0b.0)}
		awk -v n="$n" -v kind="$(kind $s)" -v slot="$s" \
			'$NF == n || index($NF, n "-") == 1 {
			for (i = 2; $i ~ /^[0-9]+$/; i++) s += $i
			l++; chip = $i }
			END { print "irq " slot ": " (kind ? kind : "intx"),
				l + 0, s + 0, chip }' /proc/interrupts
	done
}

for step; do
	"do_$step"
done
echo "warned:"
dmesg | grep -i -e 'tg3.*switching' -e 'nobody cared' -e 'call trace' \
	-e 'timed out' -e 'no interrupt was' -e 'tg3.*fail' -e 'tg3.*error' \
	-e '\] WARNING:'
true
