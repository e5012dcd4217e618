# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What passthru shows of a BCM5720 behind the kernel's VFIO: info before and
# after it is bound, a guest that finds its BARs where info said, statistics of
# that run, and SIGUSR1 in the middle of it.
#
# rig: --hw bcm5720 --mem 4G --timeout 900
set -u
. tests/rig/lib-scenario.sh

plan 23

ok "host: tg3 is loaded" modprobe tg3
fails "info: not bound" "passthru bind" $passthru info 02:00.0
ok "bind" $passthru bind 02:00.0

info() { # BDF
	$passthru info "$1" >"$OUT/info-$1" 2>&1
}
ok "info of the first" info 02:00.0
ok "info of the second" info 02:00.1
shown=$(cat "$OUT/info-02:00.0")
like "info: who it is" "$shown" \
	"^0000:02:00.0: ID 14e4:165f, class 020000, by the kernel's VFIO\$"
like "info: its registers can be mapped" "$shown" \
	'^  0 +BAR0 +0x10000 +rwm +0x0\+0x10000'
like "info: the table, too, says the kernel" "$shown" \
	'^  4 +BAR4 +0x10000 +rwm +0x0\+0x10000 \(msix-mappable\)$'
like "info: and is trapped all the same" "$shown" \
	'0x000000\.\.0x000fff MSI-X table .*trap'
like "info: 17 vectors" "$shown" '^  2 +MSI-X +17 +eventfd'
like "info: FLR" "$shown" '^  0x0ac  PCI Express: endpoint v2, FLR'
like "info: the second has pin B" "$(cat "$OUT/info-02:00.1")" 'INTx +pin B'
is "info: they stay bound" "$(driver_of 0000:02:00.0) $(driver_of 0000:02:00.1)" \
	"vfio-pci vfio-pci"

# The statistics in the middle, as often as asked for
$passthru run --stats --timeout 300 --device 02:00.0 -- sh -c \
	'lspci -v -s 01.0; ip link set eth0 up; sleep 3
	awk "/eth0/ { for (i = 2; \$i ~ /^[0-9]+\$/; i++) n += \$i }
		END { print \"came\", n }" /proc/interrupts
	echo ready; sleep 8; echo still here' \
	>"$OUT/run.out" 2>"$OUT/run.err" &
pid=$!
ok "the guest is ready" until_true 200 grep -q '^ready' "$OUT/run.out"
kill -USR1 $pid
ok "SIGUSR1: statistics come" until_true 30 grep -q '^stats: start.total' \
	"$OUT/run.err"
cp "$OUT/run.err" "$OUT/middle.err"
not_ok "while the guest runs" grep -q '^still here' "$OUT/run.out"
status=0
wait $pid || status=$?
is "it ran on to its end" "$status $(tr -d '\r' <"$OUT/run.out" | tail -n 1)" \
	"0 still here"
[ "$status" = 0 ] || note "$(tail -n 30 "$OUT/run.err")"

# Memory at 0x..., as the guest's lspci prints it, beside the picture's
is "BARs are where info said" "$(sed -n \
	's/.*Memory at \([0-9a-f]*\) (64-bit.*/\1/p' "$OUT/run.out" | xargs)" \
	"$(sed -n 's/.* 0x000000\.\.[^│]*│[^│]*│ 0x\([0-9a-f]*\) .*/\1/p' \
	"$OUT/info-02:00.0" | head -n 3 | xargs)"
like "in the middle: a vector reaches KVM" "$(cat "$OUT/middle.err")" \
	'^stats: irq "0000:02:00.0" vector [0-9]+ eventfd [0-9]+ gsi [0-9]+ message 0x[0-9a-f/x]+ by irqfd'
# What came to the guest has come to the host; two may become one on the way
came=$(tr -d '\r' <"$OUT/run.out" | sed -n 's/^came //p')
tail -n +$(($(wc -l <"$OUT/middle.err") + 1)) "$OUT/run.err" >"$OUT/end.err"
for when in middle end; do
	fired=$(awk '/^stats: irq "0000:02:00.0" vector .* fired [0-9]+$/ {
		n += $NF } END { print n + 0 }' "$OUT/$when.err")
	note "$when: fired $fired; ${came:-0} came to the guest before"
	ok "$when: interrupts are counted" \
		test "${came:-0}" -gt 0 -a "$fired" -ge "${came:-0}"
done
like "at the end: registers by name" "$(cat "$OUT/run.err")" \
	'^stats: register "0000:02:00.0" config\+0x004 reads [0-9]+ writes [0-9]+  # COMMAND, STATUS$'
is "at the end: all of RAM is mapped for DMA" "$(grep -c \
	'^stats: dma 0x0 bytes 0x20000000 by "the kernel.s VFIO" ram$' \
	"$OUT/run.err")" 2
note "$(grep -E '^stats: (irq|register|start|dma)' "$OUT/middle.err" | head -n 30)"
note "$shown"
