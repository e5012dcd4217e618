# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The faults of the software BCM5720, each in a function of its own, all of them
# in one guest: what tg3 makes of them, and that passthru and the other
# functions do not care.  Where bootcode is silent tg3 asks a hundred thousand
# times, and after a DMA error it reads and prints every register: for these see
# tg3-fault.sh, where that takes seconds.
#
# rig: --mem 4G --timeout 900
set -u
. tests/rig/lib-scenario.sh
. tests/rig/lib-user.sh

plan 21
faults=(link-flap@2 err@5 req@5 flr-hang)
slots=(0a.0 0b.0 0c.0 0d.0)
all=()
servers=()

for i in "${!faults[@]}"; do
	f=${faults[i]}
	build/bcm5720 --socket "/tmp/f$i" --fault "$f" \
		--mac "34:17:eb:00:00:0$i" >"/tmp/f$i.ready" \
		2>"$OUT/${f%@*}.server" &
	servers+=($!)
	all+=(--device "vfio-user:/tmp/f$i,at=${slots[i]}")
done
for i in "${!faults[@]}"; do
	until_true 10 grep -qx ready "/tmp/f$i.ready" || note "f$i: not ready"
done
expect=125 limit=600 guest faults "${patience[@]}" "${all[@]}" --cpus 2 \
	-- sh -c "SLOTS='${slots[*]}'; $(guest_sh responder)" \
	responder up said ping wait said again flr said

# One does not answer: that it is quiet cannot be made sure of, and this is said
is "status" "$status" 125
ok "one line" only_line "$OUT/faults.err" "^passthru: vfio-user:/tmp/f3: .*all ones"

happened() { # FAULT
	grep -q "fault: $1" "$OUT/$1.server" || { tail "$OUT/$1.server"; return 1; }
}

said() { # SLOT
	value faults said "$1"
}

for i in "${!faults[@]}"; do
	f=${faults[i]%@*}
	s=${slots[i]}
	ok "$f: it happened" happened "$f"
	is "$f: link" "$(value faults link "$s")" up
	like "$f: pings meanwhile" "$(value faults ping "$s")" '^[1-9]'
	is "$f: pings afterwards" "$(value faults again "$s")" 20
done

is "flr-hang: all ones" "$(value faults flr 0d.0)" ffffffff
is "the others said no more than links" "$(for s in 0b.0 0c.0; do said $s; done |
	grep -Ev 'Tigon3|PHY|RXcsums|dma_rwctrl|Link is up|Flow|EEE|enabling')" ""
kill "${servers[@]}"
wait "${servers[@]}"
is "the servers ended" $? 0
