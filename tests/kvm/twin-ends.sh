#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Guests that are ended in the midst of register accesses, DMA and interrupts:
# the server goes on and serves the next one, and of a server that passthru
# started itself nothing is left.
. "$(dirname "$0")/lib/twin.sh"
twin_needed
plan 15

# A payload in the background until it says $2; then the signal
ended_by() { # SIGNAL LINE NAME WORDS DEVICE...
	local signal=$1 line=$2 name=$3 words=$4 pid i
	shift 4
	TMPDIR=$work/tmp build/passthru run \
		--kernel "build/payload/twin-$name.elf" --memory 64M \
		--append "slot=5 $words" --timeout 60 "$@" \
		</dev/null >"$work/out" 2>"$work/err" &
	pid=$!
	for ((i = 0; i < 500; i++)); do
		grep -q "$line" "$work/out" && break
		sleep 0.02
	done
	kill "-$signal" $pid
	status=0
	wait $pid 2>/dev/null || status=$?
	err=$(<"$work/err")
}

# Processes of ours that serve sockets in $work/tmp, once they had time to end
servers() {
	local i n=
	for ((i = 0; i < 100; i++)); do
		n=$(pgrep -fc "bcm5720 .*$work/tmp" || true)
		[ "$n" != 0 ] || break
		sleep 0.05
	done
	echo "$n"
}

mkdir "$work/tmp"
ours=(--device "vfio-user:$work/f0,at=05.0"
	--device "vfio-user:$work/f1,at=05.1")
dma='ARP reply'

twin_start
ended_by TERM "$dma" dma times=1000000 "${ours[@]}"
is "ended by SIGTERM in its DMA" "$status $err" "143 passthru: stopped by a signal"
driven dma 27
ended_by KILL "$dma" dma times=1000000 "${ours[@]}"
is "killed in its DMA" "$status $err" "137 "
driven dma 27
driven reset 38
driven msix 26
twin_stop
is "the server ends with 0" "$twin_status" 0

ended_by TERM "$dma" dma times=1000000 --device bcm5720,at=05.0
is "embedded: ended by SIGTERM" "$status $err" "143 passthru: stopped by a signal"
is "embedded: no server is left" "$(servers)" 0
is "embedded: no file either" "$(ls "$work/tmp")" ""
ended_by KILL "$dma" dma times=1000000 --device bcm5720,at=05.0
is "embedded: killed" "$status $err" "137 "
is "embedded: no server is left then" "$(servers)" 0
rm -rf "$work/tmp"
mkdir "$work/tmp"
TMPDIR=$work/tmp embedded=1 driven mmio 24
is "embedded: ends with the guest" "$(servers)" 0
is "embedded: and takes its files along" "$(ls "$work/tmp")" ""
