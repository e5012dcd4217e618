# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The inside of tests/rig/matrix: a guest for $BATCH devices and each column, one
# guest after the other. What does not work in company gets a guest of its own.
#
#   bash matrix.sh LINES    `NAME KIND BDF` each; $LIMIT, $BATCH and $COLUMNS_OF
set -u
. tests/rig/lib-scenario.sh
. tests/rig/lib-breadth.sh

work=/tmp/matrix
script=$(cat tests/rig/guest/kinds.sh tests/rig/guest/breadth.sh)
# edu's memory, devmem beside a driver, serial ports, a watchdog's seconds
extra='memmap=1M$0x8000000 iomem=relaxed 8250.nr_uarts=16 i6300esb.heartbeat=30'${EXTRA:+ $EXTRA}
declare -A kind=() bdf=() slot=() answer=() count=()
bad=0

# The guest's arguments
tasks() { # NAME...
	local n
	for n; do
		echo "${kind[$n]}:${slot[$n]}"
	done
}

# For QEMU the guest's command writes to the console, and ends the machine
initrd_make() { # NAME...
	local d=$work/extra
	mkdir -p "$d/passthru"
	printf '%s\0' sh -c "exec >/dev/console 2>&1; (set -- $(tasks "$@" | xargs)
$script
); echo end of test; poweroff -f" >"$d/passthru/cmd"
	(cd "$d" && printf 'passthru\npassthru/cmd\n' |
		busybox cpio -o -H newc 2>/dev/null) |
		cat $work/initrd - >$work/initrd.qemu
}

run_passthru() { # FILE NAME...
	local n devices=() file=$1
	shift
	for n; do
		devices+=(--device "${bdf[$n]},at=${slot[$n]}")
	done
	mapfile -t n < <(tasks "$@")
	timeout -k 5 $((LIMIT + 60)) $passthru run --timeout "$LIMIT" \
		--memory 512M --kernel build/guest/vmlinux \
		--initrd $work/initrd --append "$extra" "${devices[@]}" \
		-- sh -c "$script" breadth "${n[@]}" >"$file.out" 2>"$file.err"
}

run_qemu() { # FILE NAME...
	local n devices=() file=$1
	shift
	for n; do
		devices+=(-device
			"vfio-pci,host=0000:${bdf[$n]},addr=${slot[$n]},rombar=0")
	done
	initrd_make "$@"
	timeout -k 5 "$LIMIT" qemu-system-x86_64 -accel kvm -cpu host -M q35 \
		-smp 1 -m 512 -nodefaults -no-user-config -display none \
		-vga none -no-reboot -kernel build/guest/vmlinux \
		-initrd $work/initrd.qemu -append \
		"console=ttyS0 panic=-1 no_timer_check tsc=reliable quiet $extra" \
		-chardev stdio,id=out,signal=off -serial chardev:out \
		"${devices[@]}" </dev/null >"$file.out" 2>"$file.err"
}

# One word or sentence about a run that ended with STATUS
verdict() { # NAME FILE STATUS
	local said
	said=$(tr -d '\r' <"$2.out" | sed -n \
		"s/^${kind[$1]}:${slot[$1]} \(works\|fails: .*\)\$/\1/p" |
		head -n 1)
	if [ -n "$said" ]; then
		echo "$said"
	elif [ "$3" = 124 ]; then
		echo "fails: no answer in $LIMIT s"
	elif [ "$3" = 125 ]; then
		echo "refused: $(grep '^passthru: ' "$2.err" | tail -n 1)"
	else
		echo "fails: status $3: $(tail -n 1 "$2.err")"
	fi
}

# What the outside does meanwhile, or has seen since
outside_before() { # NAME
	[ "${kind[$1]}" != ivshmem ] || pattern_put "0000:${bdf[$1]}"
}

outside_after() { # NAME FILE
	local seen
	[ "${kind[$1]},${answer[$1]}" = ivshmem,works ] || return 0
	seen=$(pattern_check "0000:${bdf[$1]}")
	[ "$(wc -l <<<"$seen")" = 1 ] || answer[$1]="fails: outside: $seen"
}

keys_press() {
	local f
	for f in /sys/class/virtio-ports/*/name; do
		[ "$(<"$f")" = rig.monitor ] || continue
		f=${f%/name}
		exec 5<>"/dev/${f##*/}"
		cat <&5 >/dev/null &
		trap 'kill $!; exit' TERM # the port has one user at a time
		while sleep 2; do
			echo "sendkey a" >&5
		done
	done
}

# One guest with these; sets their answers
guest_of() { # COLUMN NAME...
	local c=$1 n rc=0 file start=$SECONDS keys
	shift
	file=$OUT/$1.$c
	[ $# = 1 ] || file=$OUT/$1-and.$c
	for n; do
		outside_before "$n"
		$passthru bind "${bdf[$n]}" 2>"$OUT/$n.bind" ||
			echo "# $n: bind: $(cat "$OUT/$n.bind")"
	done
	keys_press &
	keys=$!
	"run_$c" "$file" "$@" || rc=$?
	kill $keys 2>/dev/null
	wait $keys
	for n; do
		$passthru restore "${bdf[$n]}" 2>>"$OUT/$n.bind"
		answer[$n]=$(verdict "$n" "$file" $rc)
		outside_after "$n"
	done
	echo "# $c: $*: $((SECONDS - start)) s"
}

tell() { # COLUMN NAME
	local word=${answer[$2]%%:*}
	printf '%-14s | %s: %s\n' "$2" "$1" "${answer[$2]}"
	got[$2.$1]=$word
	count[$1.$word]=$((${count[$1.$word]:-0} + 1))
}

# A device that is refused is named, and the others try again without it
batch() { # COLUMN NAME...
	local c=$1 n rest=()
	shift
	[ $# -gt 0 ] || return 0
	guest_of "$c" "$@"
	for n; do
		case $#,${answer[$n]} in
		1,* | *,works | *,refused:*"${bdf[$n]}"*) tell "$c" "$n" ;;
		*,refused:*) rest+=("$n") ;;
		*)
			echo "# $n in company: ${answer[$n]}"
			guest_of "$c" "$n"
			tell "$c" "$n"
			;;
		esac
	done
	if [ ${#rest[@]} -lt $# ]; then
		batch "$c" "${rest[@]}"
	else
		for n; do
			batch "$c" "$n"
		done
	fi
}

mkdir -p $work
cat build/guest/initrd.img build/guest/more.img >$work/initrd
sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
declare -A got=()
names=()
while read -r n k f; do
	[ -n "$n" ] || continue
	[ "$n" != igb-vf ] || vf_make "0000:${f%10.0}00.0" >/dev/null
	slot[$n]=$(printf %02x.0 $((3 + ${#names[@]} % BATCH)))
	kind[$n]=$k bdf[$n]=$f
	names+=("$n")
done <<<"$1"
for ((i = 0; i < ${#names[@]}; i += BATCH)); do
	for c in $COLUMNS_OF; do
		batch "$c" "${names[@]:i:BATCH}" </dev/null
	done
done
for n in "${names[@]}"; do
	[ "${got[$n.passthru]:-}" != fails ] || [ "${got[$n.qemu]:-}" = fails ] ||
		bad=$((bad + 1))
done
for c in $COLUMNS_OF; do
	echo "$c: ${count[$c.works]:-0} work," \
		"${count[$c.refused]:-0} refused, ${count[$c.fails]:-0} fail"
done
[ $bad = 0 ]
