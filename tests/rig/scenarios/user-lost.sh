# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A vfio-user server dies, or passthru is told to end, in the middle of traffic.
# Dead: the guest goes on and reads all ones, one line says so, and the exit
# status.  SIGTERM and Ctrl-C: passthru ends quickly, and what it started too.
#
# rig: --mem 2G --timeout 900
set -u
. tests/rig/lib-scenario.sh
. tests/rig/lib-user.sh

plan 19
script=$(guest_sh responder)
export TMPDIR=/tmp/own
mkdir $TMPDIR

# A person at the guest may touch what its driver has: iomem=relaxed
begin() { # NAME SLOTS OPTION... -- STEP...: up to its traffic
	local name=$1 slots=$2 options=()
	shift 2
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	setsid $passthru run "${options[@]}" --timeout 300 --memory 256M \
		--append iomem=relaxed \
		-- sh -c "SLOTS='$slots'; $script" responder "$@" \
		>"$OUT/$name.out" 2>"$OUT/$name.err" &
	run=$!
	ok "$name: traffic" until_true 250 grep -q '^traffic' "$OUT/$name.out"
}

# Its status, and how long it took
ended() {
	local start=$SECONDS
	status=0
	wait $run || status=$?
	took=$((SECONDS - start))
}

clean() {
	[ -z "$(ls -A $TMPDIR)" ] || { ls -A $TMPDIR; return 1; }
	[ -z "$(pgrep -x bcm5720)" ] || { pgrep -a bcm5720; return 1; }
}

serve dead
begin dead 0a.0 "${user[@]:0:4}" -- up flood gone
kill -KILL $server
wait $server
ended
is "dead: status" "$status" 121
ok "dead: one line" only_line "$OUT/dead.err" '^passthru: .*vfio-user:/tmp/dead.0'
note "$(cat "$OUT/dead.err")"
is "dead: before, the guest read" \
	"$(value dead register 0a.0 | head -n 1)" 0x165F14E4
is "dead: then configuration space is all ones" \
	"$(value dead config 0a.0)" "ffffffff ffffffff"
is "dead: so are registers" \
	"$(value dead register 0a.0 | tail -n 1)" 0xFFFFFFFF
like "dead: the guest went on" "$(cat "$OUT/dead.out")" "^alive: 1000"

for sig in TERM INT; do
	begin $sig '0a.0 0a.1' "${patience[@]}" --device bcm5720,at=0a.0 -- up ping flood gone
	is "$sig: pings before" "$(value $sig ping 0a.0) $(value $sig ping 0a.1)" \
		"20 20"
	# as the terminal does it: every process of the foreground hears it
	[ $sig = INT ] && kill -INT -$run || kill -TERM $run
	ended
	is "$sig: status" "$status" $((128 + $(kill -l $sig)))
	ok "$sig: ends within 3 s (it took $took)" [ $took -le 3 ]
	is "$sig: says so, no more" "$(grep ^passthru: "$OUT/$sig.err")" \
		"passthru: stopped by a signal"
	ok "$sig: nothing is left" clean
done
