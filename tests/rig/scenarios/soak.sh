# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Run after run leaves nothing behind on the host, and ten guests at once each
# have a device of their own.  SOAK_RUNS says how many runs in a row: a few in
# `make test`, a hundred in `make soak`.
#
# rig: --hw igb --hw igb --mem 6G --timeout 14400
set -u
. tests/rig/lib-scenario.sh

runs=${SOAK_RUNS:-5}
plan 14
nvfs=5 # of each card

vfs_make() {
	local pf i n=10
	modprobe igb || return
	for pf in 0000:01:00.0 0000:02:00.0; do
		ip link set "$(ifname_of $pf)" up
		echo $nvfs >"$pci/$pf/sriov_numvfs" || return
		for ((i = 0; i < nvfs; i++, n++)); do
			ip link set "$(ifname_of $pf)" vf $i \
				mac "52:54:00:12:35:$n" || return
		done
		until_true 20 carrier $pf || return
	done
}

# up ADDRESS THEN: the guest's side
up() {
	echo 'n=$(ls /sys/class/net | grep -v lo); ip link set $n up
	ip addr add '"$1"'/24 dev $n
	until ping -c 1 -W 1 10.0.2.2 >/dev/null; do :; done
	echo traffic; '"$2"
}

# Pages that are pinned now; the kernel counts every one in and out, for a second
# on the CPU alone where that was: a read of stat_refresh sums up
pinned() {
	cat /proc/sys/vm/stat_refresh
	awk '/^nr_foll_pin_acquired/ { n += $2 }
		/^nr_foll_pin_released/ { n -= $2 } END { print n }' /proc/vmstat
}

# Objects of the slabs whose names begin so
slab() { # ERE
	awk -v re="^($1)" '$1 ~ re { n += $2 } END { print n + 0 }' \
		/proc/slabinfo
}

files() {
	cut -f 1 /proc/sys/fs/file-nr
}

eventfds() {
	find /proc/[0-9]*/fd -lname '*eventfd*' 2>/dev/null | wc -l
}

# With what each CPU keeps for itself, which MemAvailable leaves out: 40 to 80 MB
# after a guest has gone, another number each time.  The sum differs by 600 kB.
free_kb() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	awk '/^MemAvailable:/ { n += $2 } $1 == "count:" { n += $2 * 4 }
		END { print n }' /proc/meminfo /proc/zoneinfo
}

usage() {
	echo "$(free_kb) $(files) $(eventfds) $(slab 'kvm|vfio|pte_list') $(pinned)"
}

run_ok() { # one guest with traffic
	guest run --device "${vfs[0]}" --memory 256M \
		-- sh -c "$(guest_sh)
			$(up 10.0.2.20 'ping_count "" 500 -f 10.0.2.2')"
	[ "$status" = 0 ] && grep -qx 500 "$OUT/run.out"
}

ok "host: $((2 * nvfs)) virtual functions" vfs_make
mapfile -t vfs < <(for f in "$pci"/0000:0[12]:00.0/virtfn*; do
	basename "$(readlink "$f")"
done)
before=$(drivers)
ok "bound" $passthru bind "${vfs[@]}"

# --- one after the other; the first two find the kernel's caches empty
good=0
for ((n = 1; n <= runs; n++)); do
	run_ok && good=$((good + 1))
	[ $n != 2 ] || first=$(usage)
	[ $((n % 10)) != 0 ] || note "run $n: $(usage)"
done
last=$(usage)
read -r mem1 files1 event1 slab1 pin1 <<<"$first"
read -r mem2 files2 event2 slab2 pin2 <<<"$last"
note "kB free, files, eventfds, objects, pins after run 2: $first"
note "and after run $runs: $last"
is "runs with traffic" $good "$runs"
is "pinned pages" "$pin2" "$pin1"
is "eventfds" "$event2" "$event1"
ok "files: $files1, then $files2" test $((files2 - files1)) -le 64
# the allocator counts all objects of a page that a CPU keeps as in use
ok "objects of KVM and VFIO: $slab1, then $slab2" \
	test $((slab2 - slab1)) -le 512
# what other parts of the kernel keep does not grow with the runs
ok "memory: $((mem1 - mem2)) kB less" \
	test $((mem1 - mem2)) -le $((4096 + 16 * runs))

# --- ten at once
pids=()
for i in "${!vfs[@]}"; do
	$passthru run --device "${vfs[i]}" --memory 256M --timeout 1200 \
		-- sh -c "$(up "10.0.2.$((30 + i))" 'sleep 2000')" \
		>"$OUT/vm$i.out" 2>"$OUT/vm$i.err" </dev/null &
	pids+=($!)
done

all_up() {
	[ "$(cat "$OUT"/vm*.out | grep -c ^traffic)" = ${#vfs[@]} ]
}

ok "ten at once: traffic in each" until_true 1100 all_up
note "pinned: $(($(pinned) / 256)) MiB, eventfds: $(eventfds)"
ok "ten at once: all have their memory pinned" \
	test "$(pinned)" -ge $((${#vfs[@]} * 255 * 256))
kill -TERM "${pids[@]}"
ends=
for p in "${pids[@]}"; do
	status=0
	wait "$p" || status=$?
	ends+="$status "
done
is "ten at once: each ended by SIGTERM" "$ends" \
	"143 143 143 143 143 143 143 143 143 143 "
is "and nothing is pinned any more" "$(pinned)" "$pin1"
ok "restored" $passthru restore --all
is "drivers are as before" "$(drivers)" "$before"
[ "$tap_failed" = 0 ] || note "$(tail -n 5 "$OUT"/*.err)"
