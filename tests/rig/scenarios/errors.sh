# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What passthru says when something is missing or wrong: one line with a cure,
# status 125, the host as it was.  Then the ways a guest can end, and the ways
# passthru itself can be ended, with everything back after each.
#
# rig: --hw e1000e-pair --mem 4G --timeout 1500
set -u
. tests/rig/lib-scenario.sh

plan 46
kernel=build/guest/vmlinuz
payload=build/payload/hello.elf

bind_one() { # BDF DRIVER
	echo "$2" >"$pci/$1/driver_override"
	echo "$1" >"$pci/$1/driver/unbind"
	echo "$1" >/sys/bus/pci/drivers_probe
	echo >"$pci/$1/driver_override"
	[ "$(driver_of "$1")" = "$2" ]
}

# Has this process the group open?
holds_group() { # PID
	readlink "/proc/$(pgrep -P "$1")/fd/"* | grep -q '^/dev/vfio/[0-9]'
}

ok "host: the pair is on e1000e and has a link" pair_up
group=$(basename "$(readlink $pci/0000:02:00.0/iommu_group)")

# --- devices
fails "a device on its host driver" \
	"0000:02:00.0: .*e1000e.*passthru bind 0000:02:00.0" \
	$passthru run --device 02:00.0
fails "no such device" "0000:09:00.0: .*no such" \
	$passthru run --managed --device 09:00.0
fails "a bridge" "0000:00:02.0: .*bridge" \
	$passthru run --managed --device 00:02.0
fails "bind a bridge" "0000:00:02.0: .*bridge" $passthru bind 00:02.0

# The kernel shows no link to a group where there is no IOMMU.
no_group() { # NAME ERE CMD...
	local d
	d=$(readlink -f $pci/0000:02:00.0)
	mkdir -p /tmp/device
	cp "$d"/{vendor,device,class} /tmp/device/
	ln -sf "$(readlink -f "$d/driver")" /tmp/device/driver
	mount --bind /tmp/device "$d"
	fails "$@"
	umount "$d"
}
no_group "a device without a group" "0000:02:00.0: .*IOMMU" \
	$passthru run --managed --device 02:00.0

bind_one 0000:02:00.0 vfio-pci
fails "one function of the group bound" \
	"0000:02:00.0: group $group .*0000:02:00.1.*e1000e.*bind" \
	$passthru run --device 02:00.0
bind_one 0000:02:00.0 e1000e
pair_up
pair_back "one function bound"

ip addr add 10.0.2.15/24 dev "$(ifname_of 0000:02:00.1)"
ip route add default via 10.0.2.2
fails "a card that carries the default route" \
	"0000:02:00.1: .*default route.*--force" \
	$passthru run --managed --device 02:00.0
ip route del default

# The second function cannot be moved: the first comes back
echo >/tmp/override
mount --bind -o ro /tmp/override $pci/0000:02:00.1/driver_override
told="$told|^passthru: warning: " fails "the second function cannot be bound" "0000:02:00.1.*EROFS" \
	$passthru run --managed "${devices[@]}"
umount $pci/0000:02:00.1/driver_override
pair_back "half a bind"

# --- the host
mv /dev/kvm /dev/kvm.away
fails "no /dev/kvm" "/dev/kvm: .*ENOENT.*modprobe kvm" \
	$passthru run --kernel $payload
mv /dev/kvm.away /dev/kvm

mkdir -p /run/modprobe.d
printf 'install %s /bin/false\n' vfio_pci vfio_iommu_type1 \
	>/run/modprobe.d/none.conf
modprobe -r vfio-pci
fails "no vfio-pci" "vfio-pci.*modprobe vfio-pci" \
	$passthru run --managed "${devices[@]}"
rm /run/modprobe.d/none.conf
modprobe vfio-pci

ok "bind" $passthru bind 02:00.0
modprobe -r vfio_iommu_type1
printf 'install vfio_iommu_type1 /bin/false\n' >/run/modprobe.d/none.conf
fails "no vfio_iommu_type1" "modprobe vfio_iommu_type1" \
	$passthru run --kernel $payload --device 02:00.0
rm /run/modprobe.d/none.conf
modprobe vfio_iommu_type1

fails "too little may be locked" \
	"RLIMIT_MEMLOCK.*524288 KiB.*limit 64 KiB.*ulimit -l" \
	prlimit --memlock=65536:65536 setpriv --bounding-set -ipc_lock \
	--inh-caps -ipc_lock $passthru run --device 02:00.0

# --- files
head -c 100000 $kernel >/tmp/short
fails "kernel cut short" "/tmp/short: truncated" \
	$passthru run --kernel /tmp/short --device 02:00.0
head -c 600 $kernel >/tmp/short
fails "kernel cut short in its header" "/tmp/short: truncated" \
	$passthru run --kernel /tmp/short --device 02:00.0
head -c 3000 build/guest/vmlinux >/tmp/short
fails "ELF kernel cut short" "/tmp/short: .*(truncated|damaged)" \
	$passthru run --kernel /tmp/short --device 02:00.0
: >/tmp/short
fails "empty kernel" "/tmp/short: " $passthru run --kernel /tmp/short
fails "no kernel" "/tmp/none: .*ENOENT" $passthru run --kernel /tmp/none
truncate -s 200M /tmp/large
fails "initrd larger than RAM" "/tmp/large: initrd of 200 MiB.*--memory" \
	$passthru run --kernel $kernel --initrd /tmp/large --memory 128M \
	--device 02:00.0
rm /tmp/large /tmp/short

# --- another VMM has the group; then SIGTERM; then SIGKILL
ok "restore" $passthru restore --all
pair_back "restore"
status=0
$passthru run --managed "${devices[@]}" --timeout 100 -- sleep 1000 \
	>"$OUT/term.out" 2>"$OUT/term.err" &
pid=$!
ok "a guest holds the group" until_true 30 holds_group $pid
fails "the group is in use" "0000:02:00.0: /dev/vfio/$group: .*EBUSY" \
	$passthru run --device 02:00.0
fails "restore of a device in use" "0000:02:00.[01]: .*(in use|EBUSY|guest)" \
	$passthru restore 02:00.0
kill -TERM $pid
wait $pid || status=$?
is "SIGTERM: status" $status 143
pair_back "SIGTERM"

$passthru run --managed "${devices[@]}" --timeout 100 -- sleep 1000 \
	>"$OUT/kill.out" 2>"$OUT/kill.err" &
pid=$!
ok "a guest holds the group" until_true 30 holds_group $pid
child=$(pgrep -P $pid)
kill -KILL $pid
wait $pid 2>/dev/null
ok "SIGKILL: its guest ends with it" until_true 10 [ ! -d "/proc/$child" ]
is "SIGKILL: still on vfio-pci" "$(driver_of 0000:02:00.1)" vfio-pci
ok "SIGKILL: restore --all" $passthru restore --all
pair_back "SIGKILL"

# --- how a guest ends; two at a time
ending() { # NAME STATUS OPTION... -- CMD...
	local name=$1 expect=$2
	shift 2
	echo "$expect" >"$OUT/$name.want"
	(
		guest "$name" --memory 256M "$@" </dev/null >"$OUT/$name.notes"
		echo "$status" >"$OUT/$name.status"
	) &
	[ $((++started % 2)) = 1 ] || wait
}
started=0
ending streams 7 --console "$OUT/console" -- sh -c '
	head -c 300000 /dev/urandom | tee /tmp/blob
	[ ! -t 0 ] && [ -z "$(cat)" ] && sha256sum </tmp/blob >&2
	echo for the console >/dev/console
	exit 7'
ending signal 137 -- sh -c 'kill -9 $$'
ending panic 123 -- sh -c 'echo c >/proc/sysrq-trigger'
ending reboot 0 -- sh -c 'reboot -f; sleep 100'
ending poweroff 0 -- sh -c 'poweroff -f; sleep 100'
ending triple 122 --append reboot=triple -- sh -c 'reboot -f; sleep 100'
ending timeout 124 --timeout 2 -- true
ending payload 0 --kernel $payload
wait

ended() { # NAME WHAT
	is "$2" "$(cat "$OUT/$1.status")" "$(cat "$OUT/$1.want")"
	cat "$OUT/$1.notes"
}
ended streams "CMD's exit 7 gives 7"
like "300 KB of random bytes arrive; standard error apart, input empty" \
	"$(grep -v '^stats:' "$OUT/streams.err")" \
	"^$(sha256sum <"$OUT/streams.out")\$"
is "they are all" "$(wc -c <"$OUT/streams.out")" 300000
like "the kernel's console is in its file" "$(cat "$OUT/console")" \
	'for the console'
ended signal "CMD killed by signal 9 gives 137"
ended panic "a panic gives 123"
ended reboot "a reboot gives 0"
ended poweroff "a power-off gives 0"
ended triple "a triple fault gives 122"
ended timeout "--timeout gives 124"
ended payload "a payload that returns 0 gives 0"
like "a payload's output" "$(cat "$OUT/payload.out")" 'hello from the guest'
