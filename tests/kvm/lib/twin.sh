# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Payloads and the software BCM5720 behind a vfio-user socket: source this in
# place of kvm.sh, then say the plan.
#
#   twin_needed             skips where no VM can be made
#   twin_start [OPTION]...  a server of our own: $work/f0, $work/f1
#   twin_stop               ends it; sets twin_status; no socket may be left
#   twin_run NAME WORDS [ARG]...  payload twin-NAME, told WORDS; sets out, err,
#                           status
#   driven NAME N [ARG]...  one result: payload twin-NAME reports N times, all
#                           good, and passthru nothing; with embedded=1 on --device bcm5720
#
# Both functions are at slot 5.  The server ends with this script, however that
# ends.
. "$(dirname "${BASH_SOURCE[0]}")/kvm.sh"

twin_pid=
trap 'twin_kill; rm -rf "$work"' EXIT

twin_kill() {
	[ -z "$twin_pid" ] || kill -KILL "$twin_pid" 2>/dev/null
	twin_pid=
}

twin_needed() {
	kvm_needed
	[ -x build/bcm5720 ] || skip_all "no build/bcm5720 (make build/bcm5720)"
}

# The parent of what is started here is this shell, so its death is noticed
twin_start() { # OPTION...
	local i
	: >"$work/twin.out"
	setpriv --pdeathsig KILL build/bcm5720 --socket "$work/f0" \
		--socket "$work/f1" --log "$work/twin.log" "$@" \
		>"$work/twin.out" 2>"$work/twin.err" &
	twin_pid=$!
	for ((i = 0; i < 500; i++)); do
		grep -q ready "$work/twin.out" && return
		sleep 0.02
	done
	echo "Bail out! build/bcm5720: $(cat "$work/twin.err")"
	exit 1
}

twin_stop() {
	kill -TERM "$twin_pid"
	twin_status=0
	wait "$twin_pid" || twin_status=$?
	twin_pid=
	rm -f "$work/twin.log"
}

twin_run() { # NAME WORDS [ARG]...
	local name=$1 words=$2 device
	shift 2
	device=(--device "vfio-user:$work/f0,at=05.0"
		--device "vfio-user:$work/f1,at=05.1")
	[ -z "${embedded-}" ] || device=(--device bcm5720,at=05.0)
	payload "twin-$name" "${device[@]}" --append "slot=5 $words" \
		--timeout 60 "$@"
}

# One result for all lines of a payload; when it is bad they are shown
driven() { # NAME N [ARG]...
	local name=$1 want=$2 good said
	shift 2
	twin_run "$name" "" "$@"
	good=$(grep -c '^PASS: ' <<<"$out")
	said=$(grep -v '^stats: ' <<<"$err")
	if [ "$status.$good.$said" = "0.$want." ] &&
		! grep -q '^FAIL: ' <<<"$out"; then
		tap_result 0 "$name: $want reports${embedded:+, embedded}"
		return
	fi
	tap_result 1 "$name: status $status, $good good reports of $want"
	note "$out"
	note "$err"
	[ ! -e "$work/twin.log" ] || note "$(tail -n 20 "$work/twin.log")"
}
