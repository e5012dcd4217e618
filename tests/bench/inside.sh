#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Measures in the rig, as root: the same kernel, initramfs, command line, two
# functions of a NIC, one vCPU and 512M under three VMMs, by turns.
#
#   passthru   with --stats
#   q35        qemu-system-x86_64 -accel kvm -M q35, its firmware as it is
#   microvm    likewise, -M microvm,pcie=on with QEMU's other firmware for it,
#              qboot.  Under SeaBIOS this guest finds its ACPI tables overwritten
#              and sums up one without end (acpi_tb_verify_checksum; observed
#              with QEMU 11.1)
#
# All have the kernel as vmlinux (QEMU starts it by its PVH note); passthru and
# q35 then boot the bzImage too.  QEMU gets nothing that the guest does not use,
# and not the NIC's option ROM, which its firmware would run.  Drivers are not
# loaded (passthru.noload): the end is a line that the guest's command writes to
# the console.  (Not to its standard output, which init passes on by port output
# of its own: where QEMU has written the guest's registers back, the emulated
# CPU takes the task register for one without an I/O bitmap and refuses.)
#
# Order: one boot of each that warms the caches, with exits and memory counted
# (tracing costs time, so this boot is not timed); the way to the first VM
# entry; then $ROUNDS rounds of timed boots.  Nothing is hidden: a boot that
# does not come to its end within $LIMIT seconds is reported, and the exit
# status tells of it.
set -u
cd "$(dirname "$0")/../.." || exit

ROUNDS=${ROUNDS:-3} LIMIT=${LIMIT:-180} OUT=${OUT:-/tmp/bench}
MEMORY=512 # MiB
DEVICES=(0000:02:00.0 0000:02:00.1)
TRACING=/sys/kernel/tracing
SCRIPT='echo userland >/dev/console; sleep 60'
work=/tmp/bench
failures=0
pid=
mkdir -p "$OUT" "$work"
. tests/bench/report.sh
trap '[ -z "$pid" ] || kill -KILL $pid; exit 143' TERM INT

# A figure of one run; all of them make the report
value() { # NAME VALUE
	echo "$2" >>"$work/v.$1"
	printf '%s\t%s\n' "$1" "$2" >>"$OUT/figures.tsv"
}

failed() { # TEXT
	failures=$((failures + 1))
	echo "FAILED: $*" | tee -a "$work/failures"
	cp "$work/err" "$OUT/failed-$failures.log" 2>/dev/null || :
}

micros() {
	echo "${EPOCHREALTIME/./}"
}

# What one run is called; sets argv
vmm_argv() { # VMM KERNEL
	case $1 in
	passthru) passthru_argv "$2" ;;
	*) qemu_argv "$@" ;;
	esac
}

passthru_argv() { # KERNEL
	local d slot=10
	argv=("$work/passthru" run --kernel "$work/$1" --memory "${MEMORY}M"
		--initrd "$work/initrd.img" --append passthru.noload --stats
		--console stdio)
	for d in "${DEVICES[@]}"; do
		argv+=(--device "$d,at=$(printf %02x.0 $slot)")
		slot=$((slot + 1))
	done
	argv+=(-- sh -c "$SCRIPT")
}

# The kernel's command line as passthru makes it, for the others
cmdline_get() {
	argv=("$work/passthru" run --kernel "$work/vmlinux" --timeout "$LIMIT"
		--initrd "$work/initrd.img" --append passthru.noload
		--console none -- cat /proc/cmdline)
	cmdline=$("${argv[@]}" </dev/null 2>"$work/err")
}

# The initramfs that passthru makes by itself: the command appended
initrd_make() {
	local d=$work/extra
	mkdir -p "$d/passthru"
	printf '%s\0' sh -c "$SCRIPT" >"$d/passthru/cmd"
	(cd "$d" && printf 'passthru\npassthru/cmd\n' |
		busybox cpio -o -H newc 2>/dev/null) |
		cat "$work/initrd.img" - >"$work/initrd.qemu"
}

qemu_argv() { # VMM KERNEL
	local d slot=10 # addr= takes decimal numbers too
	argv=(qemu-system-x86_64 -accel kvm -cpu host -smp 1 -m "$MEMORY"
		-nodefaults -no-user-config -display none -no-reboot
		-kernel "$work/$2" -initrd "$work/initrd.qemu"
		-append "$cmdline"
		-chardev stdio,id=out,signal=off -serial chardev:out)
	if [ "$1" = microvm ]; then
		argv+=(-M microvm,pcie=on -bios qboot.rom)
	else
		argv+=(-M q35 -vga none)
	fi
	for d in "${DEVICES[@]}"; do
		argv+=(-device "vfio-pci,host=$d,addr=$slot,rombar=0")
		slot=$((slot + 1))
	done
}

# Runs argv; the guest's output comes by descriptor 5
vmm_start() {
	: >"$work/console"
	started=$(micros)
	exec 5< <(exec "${argv[@]}" </dev/null 2>"$work/err")
	pid=$!
}

# Reads until the guest's command says so; fails with the reason in $why
userland_reached() {
	local line rc
	while IFS= read -r -t "$LIMIT" line <&5; rc=$?; [ $rc = 0 ]; do
		printf '%s\n' "$line" >>"$work/console"
		[ "${line%$'\r'}" != userland ] || { reached=$(micros); return 0; }
	done
	why="ended before userland"
	[ $rc -le 128 ] || why="no userland within $LIMIT s"
	return 1
}

# By SIGTERM, of which passthru tells by 143 and QEMU by 0
vmm_end() { # VMM
	local rc good=0 line
	[ "$1" != passthru ] || good=143
	kill -TERM $pid 2>/dev/null
	while IFS= read -r -t 20 line <&5; do :; done
	rc=$?
	[ $rc -le 128 ] || kill -KILL $pid
	exec 5<&-
	wait $pid
	rc=$?
	pid=
	why="status $rc after SIGTERM"
	[ $rc = $good ]
}

# One boot; HOOK runs when userland is there
boot() { # LABEL VMM KERNEL [HOOK]
	local first
	vmm_argv "$2" "$3"
	vmm_start
	if userland_reached; then
		[ -z "${4-}" ] || "$4" "$2"
		vmm_end "$2" && return 0
	else
		stuck_look "$OUT/stuck-$2.txt"
		first=$why
		vmm_end "$2"
		why=$first
	fi
	cp "$work/console" "$OUT/console-$2.txt" 2>/dev/null
	failed "$1, $2, $3: $why ($(grep -v '^stats:' "$work/err" | tail -n 1))"
	return 1
}

# Where the time of a process that hangs goes
stuck_look() { # FILE
	local t
	for t in $(printf '/proc/%s/task/* ' $pid $(pgrep -P $pid)); do
		echo "$(cat "$t/comm") $(cut -d' ' -f3,14,15 "$t/stat")"
		cat "$t/stack"
	done >"$1" 2>/dev/null
}

hist_start() {
	echo 'hist:keys=reason' >$TRACING/events/kvm/kvm_userspace_exit/trigger
}

hist_total() {
	sed -n 's/.*Hits: *\([0-9]*\).*/\1/p' \
		$TRACING/events/kvm/kvm_userspace_exit/hist | head -n 1
}

hist_stop() {
	echo '!hist:keys=reason' >$TRACING/events/kvm/kvm_userspace_exit/trigger
}

# The VMM and its children: passthru's guest is in one
maps() {
	local p
	for p in $pid $(pgrep -P $pid); do
		cat "/proc/$p/smaps"
	done
}

# KiB resident but for the largest mapping's, which is guest RAM
resident_beyond() {
	maps | awk -v ram=$((MEMORY * 1024)) '
		/^Rss:/ { all += $2; if ($2 > max) max = $2 }
		END { print all - (max > ram ? ram : max) }'
}

count_hook() { # VMM
	value "exits.$1" "$(hist_total)"
	sleep 2 # the guest sleeps too
	value "resident.$1" "$(resident_beyond)"
	cp $TRACING/events/kvm/kvm_userspace_exit/hist "$OUT/hist-$1.txt"
	maps >"$OUT/smaps-$1.txt"
}

count() { # VMM
	hist_start
	boot counted "$1" vmlinux count_hook
	if [ "$1" = passthru ]; then
		value exits.hist "$(hist_total)"
		value exits.stats "$(stat_line kvm_run.returns)"
		cp "$work/err" "$OUT/stats-counted.txt"
	fi
	hist_stop
}

# Where that time went; what is left is exec() and reading the files
entry_phases() { # MS
	local name own
	for name in vm groups pin+map devices load; do
		value "start.$name" "$(stat_line start.$name)"
	done
	own=$(awk -v e="$1" -v t="$(stat_line start.total)" \
		'BEGIN { printf "%.1f", e - t }')
	value start.before "$own"
	value start.own "$(awk -v b="$own" -v v="$(stat_line start.vm)" \
		-v g="$(stat_line start.groups)" -v l="$(stat_line start.load)" \
		'BEGIN { printf "%.1f", b + v + g + l }')"
}

# From just before fork() to the first time that the CPU enters the guest
first_entry() { # VMM
	local i
	vmm_argv "$1" vmlinux
	echo mono >$TRACING/trace_clock
	echo >$TRACING/trace
	echo 'traceoff:1' >$TRACING/events/kvm/kvm_entry/trigger
	echo 1 >$TRACING/events/kvm/kvm_entry/enable
	echo 1 >$TRACING/tracing_on
	echo start >$TRACING/trace_marker
	vmm_start
	for ((i = 0; i < 5 * LIMIT; i++)); do
		[ "$(<$TRACING/tracing_on)" = 1 ] || break
		IFS= read -r -t 0.2 <&5
		[ $? -gt 128 ] || break # it has said something, or ended
	done
	kill -TERM $pid
	exec 5<&-
	wait $pid
	pid=
	echo 0 >$TRACING/events/kvm/kvm_entry/enable
	echo '!traceoff:1' >$TRACING/events/kvm/kvm_entry/trigger
	echo 1 >$TRACING/tracing_on
	cp $TRACING/trace "$OUT/entry-$1.txt"
	i=$(awk '/tracing_mark_write: start/ { a = $0 } / kvm_entry: / { b = $0 }
		function at(s) { match(s, /[0-9]+\.[0-9]+:/)
			return substr(s, RSTART, RLENGTH - 1) }
		END { if (a && b) printf "%.1f\n", (at(b) - at(a)) * 1000 }' \
		"$OUT/entry-$1.txt")
	if [ -z "$i" ]; then
		failed "first entry, $1: none ($(tail -n 1 "$work/err"))"
		return
	fi
	value "entry.$1" "$i"
	[ "$1" != passthru ] || entry_phases "$i"
}

stat_line() { # NAME
	awk -v n="$1" '$1 == "stats:" && $2 == n { print $3; exit }' "$work/err"
}

timed() { # ROUND VMM KERNEL
	local name
	boot "round $1" "$2" "$3" || return
	value "time.$2.$3" $(((reached - started) / 1000))
	echo "round $1: $2, $3: $(((reached - started) / 1000)) ms"
	[ "$2,$3" = passthru,vmlinux ] || return 0
	cp "$work/err" "$OUT/stats-$1.txt"
	for name in returns signal io mmio; do
		value "kvm_run.$name" "$(stat_line kvm_run.$name)"
	done
}

main() {
	local r v
	rm -f "$OUT"/figures.tsv "$OUT"/*.log "$OUT"/*.txt
	cp build/passthru "$work/passthru"
	cp build/guest/vmlinux build/guest/vmlinuz build/guest/initrd.img "$work"
	initrd_make
	cmdline_get || { failed "boot without devices"; exit 1; }
	echo "kernel command line: $cmdline"
	value size "$(stat -c %s "$OUT/passthru.stripped")"
	if ! "$work/passthru" bind "${DEVICES[0]}"; then
		failed "bind of ${DEVICES[0]}"
		exit 1
	fi
	for v in passthru q35 microvm; do
		count $v
	done
	for ((r = 1; r <= ROUNDS; r++)); do
		for v in passthru q35 microvm; do
			first_entry $v
		done
	done
	for ((r = 1; r <= ROUNDS; r++)); do
		for v in passthru q35 microvm; do
			timed $r $v vmlinux
		done
	done
	for ((r = 1; r <= ROUNDS; r++)); do
		timed $r passthru vmlinuz
		timed $r q35 vmlinuz
	done
	report
	[ $failures = 0 ]
}

# On one line: this file may be edited while it runs.
main; exit
