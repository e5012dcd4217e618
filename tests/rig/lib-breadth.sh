# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The host's side of breadth: virtual functions, and ivshmem's memory seen
# from outside of the guest. Source it after lib-scenario.sh.
#
#   vf_make BDF        one virtual function of an igb, whose link is up
#   pattern_put BDF    for the guest to find in an ivshmem's BAR 2
#   pattern_check BDF  prints BDF and the bytes of the BAR, if the guest left
#                      its answer there; or what is there

vf_make() { # BDF
	modprobe igb || return
	ip link set "$(ifname_of "$1")" up
	echo 1 >"$pci/$1/sriov_numvfs" || return
	ip link set "$(ifname_of "$1")" vf 0 mac 52:54:00:12:34:99 || return
	until_true 20 carrier "$1"
	readlink -e "$pci/$1/virtfn0"
}

# Sets base and len of an ivshmem's memory
memory_of() { # BDF
	local end rest
	setpci -s "$1" 4.w=2:2
	read -r base end rest < <(sed -n 3p "$pci/$1/resource")
	len=$((end - base + 1))
}

pattern_put() { # BDF
	local base len at
	memory_of "$1"
	for at in 0 $((len / 2)) $((len - 4)); do
		busybox devmem $((base + at)) 32 \
			$((0x5a000000 + at / 4 % 65536))
	done
}

pattern_check() { # BDF
	local base len at got
	memory_of "$1"
	for at in 0 $((len / 2)) $((len - 4)); do
		got=$(busybox devmem $((base + at)) 32)
		[ $((got)) = $((0xa5ffffff - at / 4 % 65536)) ] ||
			echo "$1 at $at: $got"
	done
	echo "$1 $len"
}
