# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A guest with the pair, run by an ordinary user: what root prepares, what is
# said when a part of it is missing, and that restoring takes it back.
#
# rig: --hw e1000e-pair --mem 4G --timeout 900
set -u
. tests/rig/lib-scenario.sh

plan 16
uid=1000
kernel=build/guest/vmlinuz

owner() {
	stat -c %u "/dev/vfio/$group" 2>&1
}

# The user has nothing but what is said here; it is a script because `fails`
# and `guest` want a command that timeout(1) can run.
cat >/tmp/as-user <<-EOF
	#!/bin/sh
	ulimit -l "\$MEMLOCK" && exec setpriv --reuid $uid --regid $uid \\
		--clear-groups $PWD/build/passthru "\$@"
EOF
chmod 755 /tmp/as-user
export MEMLOCK=unlimited

ok "host: the pair is on e1000e and has a link" pair_up
group=$(basename "$(readlink $pci/0000:02:00.0/iommu_group)")
chmod 666 /dev/kvm

ok "bind" $passthru bind 02:00.0
is "the group's file is root's" "$(owner)" 0
fails "without it: which file is missing" "/dev/vfio/$group: open: EACCES.*bind --owner" \
	/tmp/as-user run --kernel $kernel --device 02:00.0
said=$($passthru bind --owner $uid 02:00.0 02:00.1 2>&1)
is "bind --owner: status" $? 0
like "it says what was done" "$said" "^passthru: /dev/vfio/$group: owner is now"
like "and what is still to be done" "$said" "echo '$uid - memlock unlimited' >/"
is "the group's file is theirs" "$(owner)" $uid
MEMLOCK=8192 fails "too little memlock: what to type" \
	"RLIMIT_MEMLOCK.*ulimit -l" \
	/tmp/as-user run --kernel $kernel --device 02:00.0

# shellcheck disable=SC2016 # for the guest's shell
passthru=/tmp/as-user guest user "${devices[@]}" -- \
	sh -c 'lspci -nn; ip link set eth0 up; sleep 3; grep -c eth0 /proc/interrupts' &
guest=$!
# The newer of the two is the one with the guest.
newest() {
	cat "/proc/$(pgrep -n -u $uid -x passthru)/status"
}
confined() {
	newest | grep -q '^Seccomp:.2'
}
until_true 60 confined
now=$(newest)
is "its user" "$(awk '/^Uid:/ { print $2, $3, $4, $5 }' <<<"$now")" \
	"$uid $uid $uid $uid"
is "without capabilities, in the sandbox" "$(awk '
	/^(CapEff|NoNewPrivs|Seccomp):/ { printf "%s ", $2 }' <<<"$now")" \
	"0000000000000000 1 2 "
wait $guest
is "the guest has both" "$(grep -c 8086:10d3 "$OUT/user.out")" 2
like "and drives them by MSI" "$(tail -n 1 "$OUT/user.out")" '^[1-9]'

ok "restore" $passthru restore --all
like "then there is no such file" "$(owner)" "No such file"
pair_back restore
