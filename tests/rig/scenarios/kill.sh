# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# kill -9 at every step of bind, run and restore: before each call that changes
# something, in turn, the process that makes it dies.  `passthru restore --all`
# brings the host to where it was, and a second one changes nothing.
#
# rig: --hw e1000e-pair --mem 4G --timeout 1500
set -u
. tests/rig/lib-scenario.sh

plan 14
# What leaves a trace: files, drivers, records, and the kernel's objects
files=write,rename,unlink,unlinkat,fsync,mkdir
run_calls=$files,ioctl,close_range

records() {
	ls -A /run/passthru 2>/dev/null
}

# CALLS N CMD...: the N-th of CALLS in any of its processes is not made
dying() {
	local calls=$1 n=$2
	shift 2
	strace -f -qq -o /dev/null -e "trace=$calls" \
		-e "inject=$calls:signal=KILL:when=$n" "$@" \
		</dev/null >"$OUT/kill.out" 2>&1
}

gone() {
	! pgrep -x passthru
}

# As before, by one `restore --all`; and no different by another
mended() {
	until_true 20 gone || { pgrep -a passthru; return 1; }
	$passthru restore --all >"$OUT/restore.out" 2>&1 &&
		[ "$(drivers)" = "$before" ] && [ -z "$(records)" ] &&
		$passthru restore --all >>"$OUT/restore.out" 2>&1 &&
		[ "$(drivers)" = "$before" ] && return
	note "$(drivers)"
	note "records: $(records)"
	note "$(cat "$OUT/kill.out" "$OUT/restore.out")"
	return 1
}

# Every N until the command comes to its end; $steps says how many there were
walk() { # CALLS STEP PREPARE CMD...
	local calls=$1 step=$2 prepare=$3 rc n=1
	shift 3
	steps=0 bad=
	while [ $n -lt 2000 ]; do
		$prepare >"$OUT/prepare.out" 2>&1 || bad="$bad $n (prepare)"
		rc=0
		{ dying "$calls" $n "$@"; } 2>/dev/null || rc=$?
		mended || bad="$bad $n"
		[ $rc -ge 128 ] || break
		steps=$((steps + 1))
		n=$((n + step))
	done
	note "$steps deaths, the last time status $rc"
}

bound() {
	$passthru bind 02:00.0
}

ok "host: the pair is on e1000e and has a link" pair_up
before=$(drivers)

walk $files 1 true $passthru bind 02:00.0
is "bind: mended after each death" "$bad" ""
ok "bind: there were eight deaths or more" [ $steps -ge 8 ]
pair_back bind

walk $files 1 bound $passthru restore --all
is "restore: mended after each death" "$bad" ""
ok "restore: there were eight deaths or more" [ $steps -ge 8 ]
pair_back restore

walk $run_calls 13 true $passthru run --managed "${devices[@]}" \
	--kernel build/payload/hello.elf --memory 64M --timeout 60
is "run: mended after each death" "$bad" ""
ok "run: there were ten deaths or more" [ $steps -ge 10 ]
pair_back run

# A record that a crash of the host has torn: said, and the rest is done
ok "torn: bind" bound
record=$(find /run/passthru -name '*:02:00.1')
head -c 30 "$record" >/tmp/torn && cp /tmp/torn "$record"
not_ok "torn: restore says that it cannot" sh -c \
	"$passthru restore --all 2>$OUT/torn.err"
like "torn: and names the file" "$(cat "$OUT/torn.err")" \
	"^passthru: .*/run/passthru/0000:02:00.1"
is "torn: the other one went back" "$(driver_of 0000:02:00.0)" e1000e
