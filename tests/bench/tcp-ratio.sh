# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# How fast is the software BCM5720?  TCP over its two ports joined by a cable,
# beside two of QEMU's e1000e joined likewise, in the same machine and the same
# minute.  Sourced by the scenarios, which have set $mib and prepared the
# IOMMU's domains.  Slow fails nothing; bytes that differ do.
set -u
. tests/rig/lib-tg3.sh

plan 11

e1000e_apart() {
	local n
	modprobe e1000e || return
	for n in 0 1; do
		ip netns add e$n
		ip link set "$(ifname_of 0000:03:00.$n)" netns e$n name e$n
		ip -n e$n addr add 10.8.0.$((n + 1))/24 dev e$n
		ip -n e$n link set e$n up || return
	done
	until_true 20 linked e0 e0 && until_true 20 linked e1 e1
}

ine0() {
	ip netns exec e0 "$@"
}

ine1() {
	ip netns exec e1 "$@"
}

# Two rounds, so that what disturbs one of the two is not all there is
best=(0 0 0 0)
round() { # INDEX NAME FROM TO ADDR
	local i=$1 mbit
	shift
	tcp "$@" "$mib"
	mbit=$(echo "$tap_out" | sed -n 's/ Mbit.*//p')
	[ "${mbit:-0}" -le "${best[i]}" ] || best[i]=$mbit
}

ok "tg3 has both functions, with a link" twin_up
remember
ok "a Linux at each end" twin_apart
ok "e1000e likewise" e1000e_apart
for n in 1 2; do
	round 0 "round $n: BCM5720, first to second" in0 in1 10.9.0.2
	round 1 "round $n: e1000e, first to second" ine0 ine1 10.8.0.2
	round 2 "round $n: BCM5720, second to first" in1 in0 10.9.0.1
	round 3 "round $n: e1000e, second to first" ine1 ine0 10.8.0.1
done
note "BCM5720 ${best[0]} and ${best[2]}, e1000e ${best[1]} and ${best[3]} Mbit/s"
awk -v t=$((best[0] + best[2])) -v e=$((best[1] + best[3])) 'BEGIN {
	printf "# ratio %.2f (goal 0.5)\n", t / (e ? e : 1) }'
