# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# What `passthru test` runs in the guest: `sh -c` gets all of it, then NONCE and
# three words for each row of the table, VERB WHERE WHAT.
#
# Finds facts and judges nothing.  Each row's output goes to a file first, and
# out from there behind a line that says how long it is:
#
#   NONCE NUMBER STATUS CENTISECONDS LENGTH
#
# so that no output of a row can be taken for the next row's.  No more than
# $most bytes of it are sent.
nonce=$1
shift
most=65536
wait_s=10
dir=${TMPDIR:-/tmp}/passthru-test.$$
pci=/sys/bus/pci/devices
net=/sys/class/net

# true_within CMD ARG...: wait for it, $wait_s seconds at most
true_within() {
	tries=$((wait_s * 5))
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return
		sleep 0.2
	done
}

# One in virtio's way is a level further down.
netdev() { # ADDRESS|NAME: sets $dev
	dev=$1
	case $1 in
	*:*) for f in "$pci/$1"/net/* "$pci/$1"/virtio*/net/*; do
		[ ! -e "$f" ] || dev=${f##*/}
	done ;;
	esac
	[ -e "$net/$dev" ] && return
	echo "no network interface $1"
	return 1
}

carrier() { # NAME
	[ "$(cat "$net/$1/carrier" 2>/dev/null)" = 1 ]
}

linked() { # WHERE
	netdev "$1" && ip link set dev "$dev" up && true_within carrier "$dev"
}

has_ipv4() { # NAME
	[ -n "$(ip -4 -o addr show dev "$1")" ]
}

by_dhcp() { # NAME
	udhcpc -i "$1" -n -q -t 5 -T 2 -s /etc/udhcpc/default.script
}

row_present() { # ADDRESS
	[ -e "$pci/$1" ] || { echo none; return 1; }
	read -r vendor <"$pci/$1/vendor"
	read -r device <"$pci/$1/device"
	echo "${vendor#0x}:${device#0x}"
}

row_driver() { # ADDRESS
	[ -e "$pci/$1" ] || { echo "no device $1"; return 1; }
	driver=$(readlink "$pci/$1/driver") || driver=none
	echo "${driver##*/}"
}

row_mac() { # WHERE
	netdev "$1" && cat "$net/$dev/address"
}

# A link that comes up later would be down too soon.
row_link() { # WHERE up|down
	netdev "$1" && ip link set dev "$dev" up || return
	if [ "$2" = up ]; then
		true_within carrier "$dev"
	else
		sleep $wait_s
	fi
	if carrier "$dev"; then echo up; else echo down; fi
}

row_address() { # WHERE dhcp|ADDRESS/BITS
	linked "$1" || return
	case $2 in
	dhcp) by_dhcp "$dev" ;;
	*) ip addr replace "$2" dev "$dev" ;;
	esac
}

row_ping() { # WHERE ADDRESS
	linked "$1" || return
	case $2 in
	*:*) ;;
	*) has_ipv4 "$dev" || by_dhcp "$dev" || return ;;
	esac
	ping -n -c 1 -w $wait_s -I "$dev" "$2"
}

row_run() { # COMMAND
	exec sh -c "$1"
}

now() { # sets $now, in centiseconds
	read -r up _ </proc/uptime
	part=${up#*.}
	now=$((${up%.*} * 100 + ${part#0}))
}

row() { # NUMBER VERB WHERE WHAT
	mkdir -p "$dir/all"
	now
	began=$now
	("row_$2" "$3" "$4") </dev/null >"$dir/all/row" 2>&1
	status=$?
	now
	head -c $most "$dir/all/row" >"$dir/sent"
	length=$(wc -c <"$dir/sent")
	echo "$nonce $1 $status $((now - began)) ${length:-0}"
	cat "$dir/sent"
	echo
}

# A row that prints too much finds a full file system, not the guest's end.
# What is sent of it lies elsewhere.
mkdir -p "$dir/all" && mount -t tmpfs -o size=16m passthru-test "$dir/all"

number=0
while [ $# -ge 3 ]; do
	number=$((number + 1))
	row $number "$1" "$2" "$3"
	shift 3
done
