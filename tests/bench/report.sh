# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The table at the end of the benchmark.  Knows the goals; reads the figures
# that inside.sh left as lines of $work/v.NAME.

values() { # NAME
	cat "$work/v.$1" 2>/dev/null
}

# "-" when every run of it failed
median() { # NAME
	values "$1" | sort -n | awk '{ v[NR] = $1 } END {
		if (!NR) print "-"
		else if (NR % 2) print v[(NR + 1) / 2]
		else print (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

spread() { # NAME
	values "$1" | sort -n | awk '{ v[NR] = $1 } END {
		if (NR > 1) printf "%s..%s", v[1], v[NR]
		else print NR ? "one run" : "none" }'
}

quotient() { # NAME NAME
	awk -v a="$(median "$1")" -v b="$(median "$2")" 'BEGIN {
		if (a == "-" || b == "-" || b == 0) print "-"
		else printf "%.3f\n", a / b }'
}

row() { # NAME VALUE GOAL UNIT
	local verdict=missed
	[ "$2" != - ] || verdict="not measured"
	awk -v a="$2" -v b="$3" 'BEGIN { exit !(a != "-" && a + 0 <= b + 0) }' &&
		verdict=met
	printf '%-46s %12s  <= %-10s %s\n' "$1" "$2 $4" "$3 $4" "$verdict"
}

three() { # TEXT PREFIX SUFFIX
	printf '%-34s %14s %14s %14s\n' "$1" "$(median "$2.passthru$3")" \
		"$(median "$2.q35$3")" "$(median "$2.microvm$3")"
}

report_figures() {
	echo
	echo "one vCPU, ${MEMORY}M, ${DEVICES[*]}, $ROUNDS rounds, medians;" \
		"rig: Linux $(uname -r), QEMU" \
		"$(qemu-system-x86_64 --version | sed -n '1s/.*version \([^ ]*\).*/\1/p')"
	printf '%-34s %14s %14s %14s\n' "" passthru q35 microvm
	three "userland, vmlinux (ms)" time .vmlinux
	three "userland, bzImage (ms)" time .vmlinuz
	three "first VM entry (ms)" entry ""
	three "userspace exits to userland" exits ""
	three "resident beyond guest RAM (KiB)" resident ""
	echo "spread of userland, vmlinux (ms): $(spread time.passthru.vmlinux)," \
		"$(spread time.q35.vmlinux), $(spread time.microvm.vmlinux)"
}

report_phases() {
	local n
	printf 'passthru, phases before the first entry (ms):'
	for n in before vm groups pin+map devices load; do
		printf ' %s %s' $n "$(median "start.$n")"
	done
	echo
	echo "passthru, KVM_RUN returns of a whole run: counted by the kernel" \
		"$(median exits.hist), by --stats $(median exits.stats)"
}

report_goals() {
	printf '\n%-46s %12s  %-13s %s\n' "" measured goal verdict
	row "userland, of q35's time, vmlinux" \
		"$(quotient time.passthru.vmlinux time.q35.vmlinux)" 0.25 ""
	row "userland, of microvm's time, vmlinux" \
		"$(quotient time.passthru.vmlinux time.microvm.vmlinux)" 0.25 ""
	row "userland, of q35's time, bzImage" \
		"$(quotient time.passthru.vmlinuz time.q35.vmlinuz)" 0.25 ""
	row "userspace exits, of q35's" \
		"$(quotient exits.passthru exits.q35)" 0.03 ""
	row "userspace exits, of microvm's" \
		"$(quotient exits.passthru exits.microvm)" 0.03 ""
	row "first entry, beside pinning and opening devices" \
		"$(median start.own)" 100 ms
	row "resident beyond guest RAM" "$(median resident.passthru)" 8192 KiB
	row "stripped binary" "$(median size)" 524288 B
}

# Lines that should not change from machine to machine
report_counts() {
	local n
	printf '\ncounts (each round):'
	for n in io mmio signal; do
		printf ' %s' "$n $(values "kvm_run.$n" | sort -u | paste -sd/)"
	done
	printf '; binary %s\n' "$(median size)"
}

report() {
	{
		report_figures
		report_phases
		report_goals
		report_counts
		if [ $failures != 0 ]; then
			echo
			echo "$failures runs broke; medians are of the others:"
			sed 's/^/  /' "$work/failures"
		fi
	} | tee "$OUT/report.txt"
}
