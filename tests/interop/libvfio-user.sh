#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The vfio-user back end against a built libvfio-user: two of its samples, and
# a device made with it (peer.c).
#
#   LIBVFIO_USER=DIR tests/interop/libvfio-user.sh
#
# DIR is a checkout with a build as meson makes it (DIR/build*/samples/), or
# with the programs in DIR/samples.  Nothing of it is changed.
set -u
. "$(dirname "$0")/../kvm/lib/kvm.sh"

[ -n "${LIBVFIO_USER:-}" ] ||
	skip_all "no libvfio-user given (LIBVFIO_USER=DIR $0)"
dir=$LIBVFIO_USER
client=$PROGRAMS/interop
socket=$work/socket
server= # its process

stop() {
	[ -z "$server" ] || { kill -9 "$server" && wait "$server"; } 2>/dev/null
	server=
}
trap 'stop; rm -rf "$work"' EXIT

# The first file that there is
first() {
	local f
	for f in "$@"; do
		[ ! -e "$f" ] || { echo "$f"; return; }
	done
}

sample() { # NAME
	first "$dir"/build*/samples/"$1" "$dir"/build/*/samples/"$1" \
		"$dir/samples/$1" "$dir/$1"
}

# start PROGRAM: until it listens; what it says is in $work/server
start() {
	stop
	rm -f "$socket"
	"$@" "$socket" >"$work/server" 2>&1 &
	server=$!
	for _ in $(seq 100); do
		! grep -q "00010000 .* $socket\$" /proc/net/unix || return 0
		[ -d "/proc/$server" ] || break
		sleep 0.05
	done
	stop
	return 1
}

said() {
	tail -n 3 "$work/server" | tr '\n' ' '
}

one() { # CASE
	timeout 120 "$client" "$1" "$socket"
}

# cases PREFIX: all of them with the server that runs
cases() {
	local c
	for c in $(grep "^$1-" "$work/cases"); do
		ok "$c" one "$c"
	done
}

# A payload lists what is on the PCI bus, in ten machines one after another
guest_finds() { # NAME VENDOR:DEVICE
	if ! kvm_why=$("$PROGRAMS/kvm-usable"); then
		skip "$1: a guest finds it" "${kvm_why:-no KVM}"
		return
	fi
	for _ in $(seq 10); do
		payload lspci --device "vfio-user:$socket"
		[ "$status" = 0 ] || break
	done
	[ "$status" = 0 ] || out="status $status: $err"
	like "$1: a guest finds it" "$out" "^00:[0-9a-f.]+ [0-9a-f]{4}: $2"
}

alive() {
	ok "$1: the server has outlived its clients" kill -0 "$server"
	[ -d "/proc/$server" ] || note "server: $(said)"
}

# Against the library that DIR holds
peer_build() {
	local lib include
	lib=$(first "$dir"/build*/lib/libvfio-user.so \
		"$dir"/build/*/lib/libvfio-user.so "$dir"/lib/libvfio-user.so \
		"$dir"/libvfio-user.so)
	include=$(first "$dir"/include/libvfio-user.h)
	[ -n "$lib" ] && [ -n "$include" ] ||
		{ echo "error: no library, no header" >"$work/cc"; return 1; }
	"${CC:-cc}" -O1 -g -D_GNU_SOURCE -Itests/interop \
		-I"$(dirname "$include")" -o "$work/peer" \
		tests/interop/peer.c "$lib" \
		-Wl,-rpath,"$(realpath "$(dirname "$lib")")" \
		2>"$work/cc" || return
	twin=$(grep -c twin_socket "$lib") || true
}

gpio=$(sample gpio-pci-idio-16)
[ -n "$gpio" ] ||
	skip_all "no built samples in $dir (there: meson setup build &&" \
		"ninja -C build)"
"$client" >"$work/cases"
plan $(($(wc -l <"$work/cases") + 5))

start "$gpio"
ok "gpio-pci-idio-16 starts" [ -n "$server" ]
cases gpio
guest_finds gpio-pci-idio-16 494f:0dc8
alive gpio-pci-idio-16

# It ends with its client
program=$(sample server)
for c in $(grep ^server- "$work/cases"); do
	if [ -n "$program" ] && start "$program" -v; then
		ok "$c" one "$c"
	else
		skip "$c" "$dir: its server does not start: $(said)"
	fi
done

twin=0
if peer_build && start "$work/peer"; then
	for c in $(grep ^peer- "$work/cases" | grep -v dies); do
		case $twin-$c in
		# and before it had, DMA messages were for a part's start only
		0-peer-twin-*) skip "$c" "this libvfio-user has no twin_socket" ;;
		*) ok "$c" one "$c" ;;
		esac
	done
	guest_finds "the device of peer.c" f1d0:0016
	alive "the device of peer.c"
	ok "peer-dies" one peer-dies
else
	why="$(grep -m 1 error "$work/cc") $(said)"
	for c in $(grep ^peer- "$work/cases") guest alive; do
		skip "$c" "$dir: peer.c does not work with it: $why"
	done
fi
exit $((tap_failed > 0))
