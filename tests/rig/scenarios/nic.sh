# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Two functions of a NIC, one IOMMU group: they are in the guest what they were
# on the host, interrupts of every kind arrive, traffic costs no exits, nothing
# is left behind, and no call fails on the way out.
#
# rig: --hw e1000e-pair --mem 4G --timeout 1500
set -u
. tests/rig/lib-scenario.sh
. tests/rig/lib-lspci.sh

plan 49
nic=$(guest_sh nic)

result() { # NAME MODE SLOT KEY
	sed -n "s/^mode=$2 slot=$3 .*$4=\([^ ]*\).*/\1/p" "$OUT/$1.out"
}

# Interrupts came as they should, and pings came back
works() { # NAME MODE SLOT ENABLED CHIP
	local got
	got="$(result "$1" "$2" "$3" enabled) $(result "$1" "$2" "$3" chip)"
	got="$got received=$(result "$1" "$2" "$3" received)"
	[ "$(result "$1" "$2" "$3" grew)" -gt 2 ] 2>/dev/null ||
		got="$got, but interrupts did not grow"
	is "$1: IntMode=$2 in $3: ${4:-intx}, interrupts, pings" "$got" \
		"$4 $5 received=3"
}

both_work() { # NAME MODE ENABLED CHIP
	works "$1" "$2" 0a.0 "$3" "$4"
	works "$1" "$2" 0b.0 "$3" "$4"
}

ok "host: the pair is on e1000e and has a link" pair_up
guest_tree
for f in $pair; do
	host_lspci "$f" >"$OUT/host-$f"
done
mac0=$(mac_of 0000:02:00.0)
mac1=$(mac_of 0000:02:00.1)

# 1 and 2 vCPUs: MSI-X, MSI, INTx, one after the other
for cpus in 1 2; do
	n=cpus-$cpus
	guest $n --managed "${devices[@]}" --cpus $cpus \
		--append "passthru.noload iomem=relaxed" \
		-- sh -c "LSPCI=2; $nic" nic 2 1 0
	is "$n: status" "$status" 0
	is "$n: MAC of the first" "$(result $n 2 0a.0 mac)" "$mac0"
	is "$n: MAC of the second" "$(result $n 2 0b.0 mac)" "$mac1"
	ok "$n: lspci of the first" \
		same_lspci $n 0a.0 "$OUT/host-0000:02:00.0"
	ok "$n: lspci of the second" \
		same_lspci $n 0b.0 "$OUT/host-0000:02:00.1"
	both_work $n 2 msix PCI-MSI
	both_work $n 1 msi PCI-MSI
	both_work $n 0 "" IO-APIC
	pair_back $n
done

# No MSI at all in the kernel
for cpus in 1 2; do
	n=nomsi-$cpus
	guest $n --managed "${devices[@]}" --cpus $cpus --append pci=nomsi \
		-- sh -c "$nic" nic -
	is "$n: status" "$status" 0
	both_work $n - "" IO-APIC
	pair_back $n
done

# A capability too many hidden: the comparison must see exactly that
passthru=$hide_passthru guest hide --managed "${devices[@]}" -- sh -c "LSPCI=-; $nic" nic -
is "hide: status" "$status" 0
not_ok "hide: a hidden capability is noticed" \
	same_lspci hide 0a.0 "$OUT/host-0000:02:00.0"
is "hide: its lines, and no others" "$(same_lspci hide 0a.0 \
	"$OUT/host-0000:02:00.0" | sed -n '/^[-+][^-+]/p' | cut -c 1-28)" \
"-	Capabilities: [c8] Power M
-		Flags: PMEClk- DSI+ D1- D
-		Status: D0 NoSoftRst- PME"

# A thousand pings cost no exits: two guests that differ in nothing else, but for
# how often they read the clock while they boot, until its second is over
flood="$(guest_sh)"'
n=$(ls /sys/bus/pci/devices/0000:00:0a.0/net)
ip link set $n up; ip addr add 10.0.2.15/24 dev $n
ping -q -c 1 -w 10 10.0.2.2 >/dev/null
printf "%04d\n" "$(ping_count "" $1 -f 10.0.2.2)"'
exits=()
for n in 0100 1100; do
	guest flood-$n --managed "${devices[@]}" -- sh -c "$flood" flood ${n#0}
	is "flood-$n: status" "$status" 0
	is "flood-$n: pings" "$(cat "$OUT/flood-$n.out")" "$n"
	exits+=($(($(stats_sum flood-$n kvm_run.returns) -
		$(stats_sum flood-$n kvm_run.signal) -
		$(stats_sum flood-$n 'access "RTC"'))))
done
note "exits: ${exits[0]} with 100 pings, ${exits[1]} with 1100"
ok "flood: 1000 more pings cost fewer than 20 exits" \
	[ $((exits[0] > 500 ? exits[1] - exits[0] : 1000)) -lt 20 ]

# Every call of the teardown succeeds (reading is left out: strace is slow)
passthru="strace -f --seccomp-bpf -qq -o $OUT/trace \
	-e trace=ioctl,pwrite64,write,close,munmap $passthru" \
	guest trace --managed "${devices[@]}" -- sh -c "$flood" flood 1
is "trace: status" "$status" 0
last=$(grep -n 'KVM_RUN' "$OUT/trace" | tail -n 1 | cut -d: -f1)
main=$(grep -m 1 'KVM_CREATE_VM' "$OUT/trace" | cut -d' ' -f1)
tail -n +$((last + 1)) "$OUT/trace" | grep "^$main " >"$OUT/teardown"
like "trace: teardown was seen" "$(cat "$OUT/teardown")" \
	'VFIO_GROUP_UNSET_CONTAINER.* = 0$'
# ... but for the question whether --stats goes to a terminal
is "trace: no call failed in it" "$(grep -e ' = -1 ' "$OUT/teardown" |
	grep -v 'ioctl(2, TCGETS' | head -n 5)" ""
pair_back trace

# A hundred lives of a machine in one process
ok "cycle: bind" $passthru bind 02:00.0
start=$SECONDS
ok "cycle: 100 times open and closed" sh -c "$cycle build/payload/hello.elf \
	100 02:00.0 >$OUT/cycle.out"
note "$((SECONDS - start)) s"
note "$(cat "$OUT/cycle.out")"
ok "cycle: restore" $passthru restore --all
pair_back cycle
