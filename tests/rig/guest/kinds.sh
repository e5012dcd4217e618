# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2154
# What of use is, for breadth.sh, of devices that are no NIC and no disk:
#
# serial   each port of it says 4 KiB again; vport: virtio-serial's, likewise
# rng      4 KiB come, and other ones the next time
# sound    4 seconds are played in as many, with interrupts
# gpu      what is drawn is in the device's memory, if it has any
# wdt      a watchdog waits while it is told to, and else not
# pvpanic  it says what it can tell, and is told of a crash kernel's start
# ipmi     the BMC says its firmware's version
# 9p       a directory of the host's keeps 16 MiB
# crypto   the kernel's test of what the device encrypts
# input    the key that is pressed outside
#
# Each test_KIND takes a SLOT, and says by wrong() what is. Drivers that are not
# in initrd.img are in more.img.

# ttyS4 or vport0p1 says what it is told
echoes() { # DEVICE FILE
	exec 3<>"/dev/$1"
	timeout 100 head -c 4096 <&3 >"$tmp/came" &
	cat "$2" >&3
	wait $!
	exec 3<&-
	cmp "$2" "$tmp/came" >&2 ||
		wrong "$1: $(wc -c <"$tmp/came") bytes of 4096, or other ones"
}

nodes() { # SLOT CLASS NAME
	find "$pci/0000:00:$1/" -path "*/$2/*" -name "$3" | sed 's,.*/,,'
}

test_serial() { # SLOT
	data "$1" | head -c 4096 >"$tmp/blob"
	[ -n "$(nodes "$1" tty 'ttyS*')" ] || wrong "no port" || return
	for t in $(nodes "$1" tty 'ttyS*'); do
		stty -F "/dev/$t" raw -echo 115200
		echoes "$t" "$tmp/blob" || return
		echo "$1: $t" >&2
	done
}

has_vport() { # SLOT
	[ -c "/dev/$(nodes "$1" virtio-ports 'vport*')" ]
}

test_vport() { # SLOT
	until_true 30 has_vport "$1"
	has_vport "$1" || wrong "no port" || return
	data "$1" | head -c 4096 >"$tmp/blob"
	echoes "$(nodes "$1" virtio-ports 'vport*')" "$tmp/blob"
}

test_rng() { # SLOT
	current=$(cat /sys/class/misc/hw_random/rng_current)
	case $current in
	virtio*) ;;
	*) wrong "the generator is $current" || return ;;
	esac
	for f in one two; do
		timeout 60 head -c 4096 /dev/hwrng >"$tmp/$f"
		[ "$(wc -c <"$tmp/$f")" = 4096 ] || wrong "too few bytes" ||
			return
	done
	! cmp "$tmp/one" "$tmp/two" >&2 || wrong "twice the same bytes"
}

has_dsp() { # SLOT
	[ -c "/dev/$(nodes "$1" sound 'dsp*')" ]
}

test_sound() { # SLOT
	modprobe snd-pcm-oss
	until_true 60 has_dsp "$1"
	has_dsp "$1" || wrong "no PCM" || return
	was=$(irqs "$1")
	start=$(cut -d . -f 1 /proc/uptime)
	data "$1" | head -c 32000 >"$tmp/blob"
	timeout 100 cp "$tmp/blob" "/dev/$(nodes "$1" sound 'dsp*')" ||
		wrong "it does not play" || return
	took=$(($(cut -d . -f 1 /proc/uptime) - start))
	echo "$1: played in $took s, interrupts $was to $(irqs "$1")" >&2
	[ $took -ge 2 ] || wrong "4 seconds took $took" || return
	now=$(irqs "$1")
	[ "${was%% *}" -lt "${now%% *}" ] || wrong "no interrupt"
}

# The first that is for pixels: prefetchable, and not virtio's registers; where
# it is and how many pieces of 256 KiB it has, of which the test looks at 64
vram_of() { # SLOT
	n=0
	[ "$(cat "$pci/0000:00:$1/vendor")" != 0x1af4 ] || return
	while read -r at end flags && [ $n -lt 6 ]; do
		[ $((flags & 0x2000)) = 0 ] || {
			n=$(((end + 1 - at) >> 18))
			echo "$at $((n < 64 ? n : 64))"
			return
		}
		n=$((n + 1))
	done <"$pci/0000:00:$1/resource"
}

has_fb() { # SLOT
	[ -c "/dev/$(nodes "$1" graphics 'fb*')" ]
}

# A word of each piece: drivers choose where in the memory the picture is
looks() {
	n=0
	while [ $n -lt "$pieces" ]; do
		devmem $((base + (n << 18) + 0x1000)) 32
		n=$((n + 1))
	done
}

drawn() { # WORD; in two pieces at least where it was not before
	looks >"$tmp/new"
	[ "$(paste "$tmp/old" "$tmp/new" | awk -v w="$1" \
		'$1 != w && $2 == w' | wc -l)" -ge 2 ]
}

fill() { # SLOT BYTE
	yes | tr 'y\n' "$2$2" | head -c "$size" |
		cat >"/dev/$(nodes "$1" graphics 'fb*')" 2>/dev/null
}

# Where the console is a serial port nobody sets a mode, and without one nothing
# is shown: mode's name is in modes
mode_set() { # SLOT
	f=$(find "$pci/0000:00:$1/" -path '*/graphics/fb*' -name modes)
	head -n 1 "$f" >"${f%s}"
}

test_gpu() { # SLOT
	until_true 60 has_fb "$1"
	has_fb "$1" || wrong "no frame buffer" || return
	mode_set "$1" || wrong "no mode can be set" || return
	vram=$(vram_of "$1")
	base=${vram% *} pieces=${vram#* }
	was=$(irqs "$1")
	fill "$1" '\000'
	sleep 2
	for byte in '\377' '\000'; do
		word=0x00000000
		[ "$byte" = '\000' ] || word=0xFFFFFFFF
		[ -z "$base" ] || looks >"$tmp/old"
		fill "$1" "$byte"
		sleep 1
		[ -z "$base" ] || until_true 20 drawn $word ||
			wrong "drawn, and its memory is as before" || return
	done
	now=$(irqs "$1")
	[ -n "$base" ] || [ "${was%% *}" -lt "${now%% *}" ] ||
		wrong "drawn, and no interrupt"
}

fired() {
	[ $(($(devmem $((base + 12)) 16) & 0x1200)) != 0 ]
}

# i6300esb.heartbeat=30 is the command line's: shorter than it is told to wait,
# longer than a busy host makes a guest stand still
test_wdt() { # SLOT
	[ -e "$pci/0000:00:$1/driver" ] && dev=$(ls /sys/class/watchdog) ||
		wrong "no watchdog" || return
	base=$(bar "$1" 0)
	! fired || wrong "fired from the start" || return
	exec 3>"/dev/$dev"
	i=0
	while [ $((i += 1)) -le 80 ]; do
		echo >&3
		sleep 0.5
	done
	! fired || wrong "fired although it was told to wait" || return
	until_true 90 fired
	fired || wrong "does not count"
}

test_pvpanic() { # SLOT
	base=$(bar "$1" 0)
	got=$(($(devmem "$base" 8)))
	[ $((got & 3)) = 3 ] && [ -e "$pci/0000:00:$1/driver" ] ||
		wrong "says $got, or has no driver" || return
	devmem "$base" 8 2
}

bmc_says() { # SLOT
	find /sys/devices -name firmware_revision -path '*ipmi_bmc*' \
		-exec cat {} + | grep .
}

test_ipmi() { # SLOT
	until_true 60 bmc_says
	bmc_says >&2 || wrong "the BMC says nothing"
}

mount_9p() { # DIR
	mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 rigshare "$1"
}

test_9p() { # SLOT
	modprobe 9p
	mkdir "$tmp/mnt"
	mount_9p "$tmp/mnt" || wrong "cannot be mounted" || return
	data "$1" >"$tmp/mnt/blob" || wrong "a write failed" || return
	umount "$tmp/mnt" && mount_9p "$tmp/mnt" || wrong "not again" || return
	data "$1" | cmp - "$tmp/mnt/blob" >&2 ||
		wrong "what was read is not what was written"
}

crypto_passed() {
	grep -A 6 'driver *: virtio_crypto' /proc/crypto |
		grep 'selftest *: passed'
}

test_crypto() { # SLOT
	until_true 60 crypto_passed
	crypto_passed >&2 || wrong "no algorithm that passes"
}

test_input() { # SLOT
	modprobe evdev
	dev=$(nodes "$1" input 'event*')
	[ -n "$dev" ] || wrong "no keyboard" || return
	got=$(timeout 100 head -c 24 "/dev/input/$dev" | od -An -tu2 -j16 |
		xargs)
	[ "$got" = "1 30 1 0" ] || wrong "event: $got"
}
