# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# In the guest: both functions of a BCM5720, its ports joined by a cable.
#
#   sh -c "$(cat tg3.sh)" tg3 [STEP...]
#
# lspci   what lspci -vvv says, behind a line `lspci SLOT:`
# config  all 4096 bytes but rows of zeros, behind a line `config SLOT:`
# link    both up; a line for each with MAC, driver, firmware, speed
# ping    the first pings the second, a network namespace each
# ping6   the same by IPv6
# tcp     MIB by TCP both ways
# info    what ethtool says of driver, link, rings, offloads, registers' size
# errors  counters of what went wrong, and that the others counted
# test    the driver's self test, offline, of both
# online  the part of it that does not disturb: NVRAM and link
# irq     a line for each with the kind and number of its interrupts
# kind    the same without the number, but whether there were any
# frames  for LASTS seconds each: frames a second that both ports send, by eight
#         floods of pings, of 60 and of 1514 bytes; and the answers to one flood
# shared  memory of BAR2 that both have: written by the first, and read a
#         hundred times by the second
# kernel  what the kernel said of the two, without the time
# Lines are `KEY SLOT: VALUE`.  What the kernel warned of comes last, with what
# surrounds a call trace.

pci=/sys/bus/pci/devices
MIB=${MIB:-8}
LASTS=${LASTS:-5}

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

do_config() {
	for s in 0a.0 0b.0; do
		echo "config $s:"
		lspci -xxxx -s $s | sed '1d; /:\( 00\)*$/d'
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
	in0 ip addr add fd00:9::1/64 dev "$a" nodad
	in1 ip addr add fd00:9::2/64 dev "$b" nodad
	in0 ip link set "$a" up
	in1 ip link set "$b" up
	until_true 20 linked in0 "$a"
	until_true 20 linked in1 "$b"
}

pinged() { # KEY ADDRESS
	apart
	until_true 60 in0 ping -q -c 1 -W 5 "$2"
	echo "$1 0a.0: $(ping_count in0 3 -i 0.2 -W 20 "$2")"
}

do_ping() {
	pinged ping 10.9.0.2
}

do_ping6() {
	pinged ping6 fd00:9::2
}

way() { # SLOT FROM TO ADDR
	# nc ends when either side has nothing more to say: this one waits
	[ -e /tmp/silence ] || mkfifo /tmp/silence
	$3 busybox nc -l -p 5001 <>/tmp/silence >/tmp/got &
	pid=$!
	until_true 5 listening "$3"
	$2 timeout 300 busybox nc "$4" 5001 </tmp/blob
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

# In the namespace of each; SLOT and its interface come before the arguments
of_each() { # FUNCTION ARG...
	apart
	"$1" in0 0a.0 "$a"
	"$1" in1 0b.0 "$b"
}

info() { # NETNS-CMD SLOT IFNAME
	for opt in -i "" -g -c -k -a -l -T -P; do
		echo "ethtool$opt $2:"
		# shellcheck disable=SC2086
		$1 ethtool $opt "$3" 2>&1
	done
}

do_info() {
	of_each info
}

# Of the rest how many there are, for they depend on when who said what
errors() { # NETNS-CMD SLOT IFNAME
	echo "counters $2: $($1 ethtool -S "$3" | grep -c :)"
	$1 ethtool -S "$3" | grep -Ei 'err|discard|coll|frag|jabber|drop|full'
	$1 ip -s link show "$3" | awk -v s="$2" '/^ *[0-9]/ && NF >= 6 {
		print "packets " s ": " ($2 > 10 ? "some" : $2), $3, $4, $5 }'
}

do_errors() {
	of_each errors
}

do_test() {
	apart
	echo "self-test 0a.0: $(in0 ethtool -t "$a" offline | xargs)"
	echo "self-test 0b.0: $(in1 ethtool -t "$b" offline | xargs)"
}

online() { # NETNS-CMD SLOT IFNAME
	echo "online $2: $($1 ethtool -t "$3" online | xargs)"
}

do_online() {
	of_each online
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

do_kind() {
	do_irq | sed 's/^irq/kind/; s/ [1-9][0-9]* \([A-Z]\)/ arrives \1/'
}

sent() {
	echo $(($(in0 cat "/sys/class/net/$a/statistics/tx_packets") +
		$(in1 cat "/sys/class/net/$b/statistics/tx_packets")))
}

# Each port answers what the other sends: both are counted
rate() { # BYTES
	was=$(sent)
	for _ in 1 2 3 4 5 6 7 8; do
		in0 ping -q -f -w "$LASTS" -s $(($1 - 42)) 10.9.0.2 >/dev/null &
	done
	wait
	echo "frames 0a.0: $1 $((($(sent) - was) / LASTS))"
}

do_frames() {
	apart
	rate 60
	rate 1514
	echo "rounds 0a.0: $(in0 ping -q -f -w "$LASTS" 10.9.0.2 | awk \
		-v n="$LASTS" '/received/ { print int($4 / n) }')"
}

bar2() { # SLOT OFFSET
	echo $(($(sed -n '3s/ .*//p' "$pci/0000:00:$1/resource") + $2))
}

do_shared() {
	devmem "$(bar2 0a.0 0x4800)" 32 0x12345678
	for _ in $(seq 100); do
		devmem "$(bar2 0b.0 0x4800)" 32
	done | sort | uniq -c | sed 's/^ */shared 0b.0: /'
}

do_kernel() {
	echo "kernel:"
	dmesg | grep -e 0000:00:0a.0 -e 0000:00:0b.0 |
		sed 's/^\[[^]]*\] //'
}

# An emulated CPU of a busy host stands still for longer than the twenty seconds
# after which the kernel speaks of a hang; two minutes are one.
echo 60 >/proc/sys/kernel/watchdog_thresh
echo 120 >/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout

for step; do
	"do_$step"
done
echo "warned:"
dmesg | grep -i -B 20 -A 20 -e 'call trace'
dmesg | grep -i -e 'tg3.*switching' -e 'nobody cared' -e 'call trace' \
	-e 'timed out' -e 'no interrupt was' -e 'tg3.*fail' -e 'tg3.*error' \
	-e '\] WARNING:'
true
