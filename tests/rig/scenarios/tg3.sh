# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The software BCM5720 as its driver sees it: the outer machine's tg3 finds the
# device that the golden file describes, says what it says of the real one, and
# every ethtool command behaves.  The other end is the built-in responder.
#
# rig: --hw bcm5720 --mem 2G --timeout 400
set -u
. tests/rig/lib-tg3.sh

plan 49

ok "tg3 has both functions, with a link" twin_up
remember
is "one IOMMU group of both" \
	"$(cd $pci/$a/iommu_group/devices && echo *)" "$pair"
dmesg >"$OUT/dmesg-probe"
said() { # NAME ERE
	like "dmesg: $1" "$(cat "$OUT/dmesg-probe")" "$2"
}
n=3
for f in $pair; do
	said "$f: partno, revision, MAC" "tg3 $f.*: Tigon3 \[partno\(BCM95720\) \
rev 5720000\] \(PCI Express\) MAC address 34:17:eb:f0:dc:e$n"
	said "$f: PHY" "tg3 $f.*: attached PHY is 5720C \(10/100/1000Base-T \
Ethernet\) \(WireSpeed\[1\], EEE\[1\]\)"
	said "$f: features" "tg3 $f.*: RXcsums\[1\] LinkChgREG\[0\] \
MIirq\[0\] ASF\[0\] TSOcap\[1\]"
	said "$f: DMA" "tg3 $f.*: dma_rwctrl\[00000001\] dma_mask\[64-bit\]"
	said "$f: link" "tg3 $f.*: Link is up at 1000 Mbps, full duplex"
	n=$((n + 1))
done
ok "probe: no warning" quiet
is "MAC of the first" "$(mac_of $a)" 34:17:eb:f0:dc:e3
is "MAC of the second" "$(mac_of $b)" 34:17:eb:f0:dc:e4
for f in $pair; do
	ok "$f: lspci -vvv is the golden file's" same_as_golden $f
	ok "$f: lspci -xxxx is the golden file's" same_bytes $f
	like "$f: VPD" "$(lspci -vvv -s $f)" '\[PN\] Part number: BCM95720'
done
like "firmware version" "$(ethtool -i "$if0")" \
	'^firmware-version: FFV21\.40\.21 bc 5720-v1\.39$'
like "bus address" "$(ethtool -i "$if1")" "^bus-info: $b\$"

ip addr add 10.0.2.15/24 dev "$if0"
ip -6 addr add fd00::15/64 dev "$if0" nodad
tx=$(stat_of "" "$if0" tx_ucast_packets)
rx=$(stat_of "" "$if0" rx_ucast_packets)
ok "ping" pings 10.0.2.2
ok "ping by IPv6" pings fd00::2
ok "ping with 1400 bytes" pings 10.0.2.2 -s 1400
sleep 2 # the driver reads counters once a second
ok "-S: unicast sent" [ $(($(stat_of "" "$if0" tx_ucast_packets) - tx)) -ge 9 ]
ok "-S: unicast received" \
	[ $(($(stat_of "" "$if0" rx_ucast_packets) - rx)) -ge 9 ]

# 8 MiB there and back by the responder's echo port
echoed() {
	blob 8
	timeout 100 socat -t 10 -b 65536 FILE:/tmp/blob!!OPEN:/tmp/got,creat,trunc \
		TCP:10.0.2.2:7 || return
	cmp /tmp/blob /tmp/got
}
ok "TCP echo: 8 MiB come back equal" echoed

# ring, coalescing, pause and offload parameters: what is set is read back
field() { # COMMAND ERE-OF-NAME: the last such line's value
	ethtool "$1" "$if0" | sed -nE "s/^$2:[ 	]*([^ 	]*).*/\1/p" | tail -n 1
}
is "-g: RX" "$(field -g RX)" 200
ok "-G" ethtool -G "$if0" rx 400 tx 200
is "-G: RX read back" "$(field -g RX)" 400
is "-G: TX read back" "$(field -g TX)" 200
ok "-C" ethtool -C "$if0" rx-usecs 40 tx-usecs 50
is "-C: read back" "$(field -c rx-usecs) $(field -c tx-usecs)" "40 50"
is "-k: TSO and checksums" "$(field -k tcp-segmentation-offload) \
$(field -k tx-checksumming) $(field -k rx-checksumming)" "on on on"
ok "-A off" ethtool -A "$if0" autoneg off rx off tx off
is "-a: read back" "$(field -a RX) $(field -a TX)" "off off"
ok "-A on" ethtool -A "$if0" autoneg on rx on tx on
is "speed" "$(until_true 20 carrier $a; cat "/sys/class/net/$if0/speed")" 1000
ok "ping after all that" pings 10.0.2.2

# registers and NVRAM
is "-d: 32 KiB of registers" "$(ethtool -d "$if0" raw on | wc -c)" 32768
is "-d: they begin with the ID" \
	"$(ethtool -d "$if0" raw on | head -c 4 | od -An -tx1 | xargs)" "e4 14 5f 16"
nvram() { # OFFSET LENGTH
	ethtool -e "$if0" raw on offset "$1" length "$2" | od -An -tx1 | xargs
}
is "-e: NVRAM's magic" "$(nvram 0 4)" "66 99 55 aa"
ok "-E: writes" ethtool -E "$if0" magic 0x669955aa offset 0x1ff01 length 1 \
	value 0x5a
is "-E: read back by the other function" \
	"$(if0=$if1; nvram 0x1ff00 4)" "ff 5a ff ff"
ok "-p: one second of blinking" ethtool -p "$if0" 1
ok "-T: PTP clock" grep -q tg3 "/sys/class/net/$if0/device/ptp/"*/clock_name
ok "nothing else was said" quiet
