#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The sandbox as the kernel keeps it: what each kind of thread may do, what ends
# the process, and what a running passthru has given up.
. "$(dirname "$0")/lib/twin.sh"
twin_needed
plan 77

# What becomes of one call: its result, or "SIGSYS"
one() { # KIND CALL
	local out status=0
	out=$("$PROGRAMS/kvm-sandbox" "$1" "$2" 2>&1) || status=$?
	[ "$status" != 159 ] || out=SIGSYS
	echo "$out"
}

for kind in loop vcpu server; do
	for call in open exec socket fork thread ptrace mmap-exec \
		mprotect-exec create-vm kill-init kill-all \
		unlink tgkill; do
		is "$kind: $call ends it" "$(one $kind $call)" SIGSYS
	done
	is "$kind: the heap grows" "$(one $kind heap)" ok
	is "$kind: and shrinks" "$(one $kind shrink)" ok
	is "$kind: the time of day" "$(one $kind gmtime)" ok
	is "$kind: a signal to itself" "$(one $kind raise)" ok
done 2>/dev/null
is "vcpu: runs a guest" "$(one vcpu run)" EBADF
is "loop: does not" "$(one loop run)" SIGSYS
is "server: does not" "$(one server run)" SIGSYS
is "vcpu: shows a BAR to other devices" "$(one vcpu map-dma)" EBADF
is "loop: does not" "$(one loop map-dma)" SIGSYS
is "server: does not" "$(one server map-dma)" SIGSYS
is "loop: takes RAM from devices" "$(one loop unmap-dma)" EBADF
is "server: does not" "$(one server unmap-dma)" SIGSYS
is "vcpu: enables a vector" "$(one vcpu eventfd)" ok
is "server: does not" "$(one server eventfd)" SIGSYS

# --- Landlock alone, behind the list: it would refuse what the list let through
if [ "$(one landlock eventfd)" = none ]; then
	for call in open exec create mkdir eventfd; do
		skip "landlock: $call" "this kernel has no Landlock \
(CONFIG_SECURITY_LANDLOCK, and in lsm=)"
	done
else
	for call in open exec create mkdir; do
		is "landlock: $call is refused" "$(one landlock $call)" EACCES
	done
	is "landlock: an eventfd is no file" "$(one landlock eventfd)" ok
fi

# --- a run: the threads of a machine with a device from a server
state() { # PID
	local t
	for t in "/proc/$1/task/"*; do
		sed -n 's/^\(NoNewPrivs\|Seccomp\|CapEff\|CapPrm\):\t//p' \
			"$t/status" | tr '\n' ' '
		echo
	done | sort | uniq -c | sed 's/^ *//; s/ $//'
}

running() { # ARG...
	TMPDIR=$work build/passthru run --kernel build/payload/stop.elf \
		--append how=hang --memory 64M --cpus 2 --timeout 20 \
		"$@" </dev/null >"$work/out" 2>"$work/err" &
	pid=$!
	for ((i = 0; i < 200; i++)); do
		grep -qs ready "$work/out" && break
		sleep 0.05
	done
	child=$(pgrep -P $pid -x passthru)
}

ended() {
	kill $pid
	status=0
	wait $pid || status=$?
}

running --device bcm5720
none=0000000000000000
got=$(state $child)
is "all threads are without privileges" "${got#* }" "$none $none 1 2"
ok "they are five, and maybe one of KVM's own" test "${got%% *}" -ge 5
is "its server's last words are not its to write" \
	"$(readlink "/proc/$child/fd/"* | grep -c 'memfd:bcm5720 ')" 0
ended
is "ends as it should" "$status $(<"$work/err")" \
	"143 passthru: stopped by a signal"
is "and nothing is left of its server" "$(compgen -G "$work/passthru-*")" ""
running --sandbox off
is "--sandbox off: no list" "$(state $child | cut -d ' ' -f 4-)" "0 0"
ended
is "and ends as it should" "$status" 143

# --- how it looks to the user, and the option itself
payload hello --sandbox maybe
is "--sandbox maybe" "$status $err" \
	"125 passthru: --sandbox maybe: give on or off"
payload hello --sandbox on
is "--sandbox on" "$status $out" "0 hello from the guest"
payload hello --sandbox off
is "--sandbox off" "$status $out" "0 hello from the guest"

# --- as an ordinary user, who finds a node of his own there
mknod "$work/kvm" c 10 232 2>/dev/null && chmod 666 "$work/kvm"
as_user() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c 'mount --bind "$0" /dev/kvm && exec setpriv \
		--reuid 65534 --regid 65534 --clear-groups "$@"' \
		"$work/kvm" "$@"
}
if ! as_user sh -c 'exec 3<>/dev/kvm && test -r build/payload/hello.elf' \
	2>/dev/null; then
	skip "an ordinary user" "needs root that may mount, and a tree that \
all may read"
	exit
fi
got=$(as_user build/passthru run --kernel build/payload/hello.elf \
	--memory 64M --timeout 20 </dev/null 2>&1 | tr -d '\r')
is "an ordinary user" "$got" "hello from the guest"
