# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Frames a second from a guest to the software BCM5720, over both back ends, a
# report.  They sit at different depths: from the kernel a register access of
# the guest ends in QEMU of the outer machine, which sends the message; by
# vfio-user it leaves the guest inside that machine, and passthru sends it.
#
# rig: --hw 'bcm5720:--net pair' --mem 4G --timeout 900
set -u
. tests/rig/lib-tg3.sh
. tests/rig/lib-user.sh

plan 5
guest_script=$(cat tests/rig/guest/tg3.sh)

run() { # NAME OPTION...
	local name=$1
	shift
	guest "$name" "$@" --cpus 1 -- sh -c "$guest_script" tg3 link frames irq
	is "$name: status" "$status" 0
	like "$name: frames were sent" "$(value "$name" frames 0a.0)" '^60 [1-9]'
}

run kernel --managed "${devices[@]}"
serve user --net pair
run user "${user[@]}"
unserve
figures() { # NAME
	value "$1" frames 0a.0 | cut -d' ' -f2
	value "$1" rounds 0a.0
}

note "frames/s: 60 bytes, 1514 bytes; answers to one ping -f"
for n in kernel user; do
	note "$n: $(figures $n | xargs)"
done
