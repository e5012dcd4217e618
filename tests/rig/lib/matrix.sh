# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The inside of tests/rig/matrix: one guest for each device and column, one
# after the other, each with that device alone.
#
#   bash matrix.sh LINES       `NAME KIND BDF` each; $LIMIT and $COLUMNS_OF
set -u
. tests/rig/lib-scenario.sh
. tests/rig/lib-breadth.sh

SLOT=03.0
work=/tmp/matrix
script=$(cat tests/rig/guest/breadth.sh)
extra='memmap=1M$0x8000000' # edu's
declare -A count=()
bad=0

# For QEMU the guest's command writes to the console, and ends the machine
initrd_make() { # KIND
	local d=$work/extra
	mkdir -p "$d/passthru"
	printf '%s\0' sh -c "exec >/dev/console 2>&1; (set -- $1:$SLOT
$script
); echo end of test; poweroff -f" >"$d/passthru/cmd"
	(cd "$d" && printf 'passthru\npassthru/cmd\n' |
		busybox cpio -o -H newc 2>/dev/null) |
		cat build/guest/initrd.img - >"$work/initrd.qemu"
}

run_passthru() { # NAME KIND BDF
	timeout -k 5 $((LIMIT + 60)) $passthru run --timeout "$LIMIT" \
		--memory 512M --append "$extra" --device "$3,at=$SLOT" \
		-- sh -c "$script" breadth "$2:$SLOT" \
		>"$OUT/$1.passthru.out" 2>"$OUT/$1.passthru.err"
}

run_qemu() { # NAME KIND BDF
	initrd_make "$2"
	timeout -k 5 "$LIMIT" qemu-system-x86_64 -accel kvm -cpu host -M q35 \
		-smp 1 -m 512 -nodefaults -no-user-config -display none \
		-vga none -no-reboot -kernel build/guest/vmlinux \
		-initrd "$work/initrd.qemu" -append \
		"console=ttyS0 panic=-1 no_timer_check tsc=reliable quiet $extra" \
		-chardev stdio,id=out,signal=off -serial chardev:out \
		-device "vfio-pci,host=0000:$3,addr=$SLOT,rombar=0" \
		</dev/null >"$OUT/$1.qemu.out" 2>"$OUT/$1.qemu.err"
}

# One word or sentence about a run that ended with STATUS
verdict() { # NAME KIND COLUMN STATUS
	local said
	said=$(tr -d '\r' <"$OUT/$1.$3.out" |
		sed -n "s/^$2:$SLOT \(works\|fails: .*\)\$/\1/p" | head -n 1)
	if [ -n "$said" ]; then
		echo "$said"
	elif [ "$4" = 124 ]; then
		echo "fails: no answer in $LIMIT s"
	elif [ "$4" = 125 ]; then
		echo "refused: $(grep '^passthru: ' "$OUT/$1.$3.err" | tail -n 1)"
	else
		echo "fails: status $4: $(tail -n 1 "$OUT/$1.$3.err")"
	fi
}

# ivshmem works if the outside has seen what the guest left, too
column() { # NAME KIND BDF COLUMN; sets answer
	local rc=0 seen
	[ "$2" != ivshmem ] || pattern_put "0000:$3"
	$passthru bind "$3" 2>"$OUT/$1.bind" || {
		answer="fails: bind: $(cat "$OUT/$1.bind")"
		return
	}
	"run_$4" "$1" "$2" "$3" || rc=$?
	$passthru restore "$3" 2>>"$OUT/$1.bind"
	answer=$(verdict "$1" "$2" "$4" $rc)
	[ "$2,$answer" = ivshmem,works ] || return 0
	seen=$(pattern_check "0000:$3")
	[ "$(wc -l <<<"$seen")" = 1 ] || answer="fails: outside: $seen"
}

device() { # NAME KIND BDF
	local c answer text
	local -A got=()
	[ "$1" != igb-vf ] || vf_make "0000:${3%10.0}00.0" >/dev/null
	text=$(printf '%-14s' "$1")
	for c in $COLUMNS_OF; do
		column "$1" "$2" "$3" "$c"
		got[$c]=${answer%%:*}
		count[$c.${answer%%:*}]=$((${count[$c.${answer%%:*}]:-0} + 1))
		text+=$(printf ' | %s: %-8s' "$c" "$answer")
	done
	echo "$text"
	[ "${got[passthru]:-}" != fails ] || [ "${got[qemu]:-}" = fails ] ||
		bad=$((bad + 1))
}

mkdir -p $work
sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
while read -r name kind bdf; do
	[ -z "$name" ] || device "$name" "$kind" "$bdf" </dev/null
done <<<"$1"
for c in $COLUMNS_OF; do
	echo "$c: ${count[$c.works]:-0} work," \
		"${count[$c.refused]:-0} refused, ${count[$c.fails]:-0} fail"
done
[ $bad = 0 ]
