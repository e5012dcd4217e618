# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# In the guest: a register of the device at SLOT, which has no driver, read
# while memory decode is off, in D3hot, and around a function level reset; and
# all the time by a second process.
#
#   sh -c "SLOT=0a.0; $(cat states.sh)"
#
# Lines are `STATE: VALUE`.  `states done` is the last one; then the second
# process goes on until the guest ends.

dev=/sys/bus/pci/devices/0000:00:$SLOT
bar=$(sed -n '1s/ .*//p' "$dev/resource")
[ ! -e "$dev/driver" ] || echo "0000:00:$SLOT" >"$dev/driver/unbind"

reg() { # STATE
	echo "$1: $(devmem $((bar + 8)) 32)"
}

back() {
	setpci -s "$SLOT" CAP_PM+4.w=0:3
	setpci -s "$SLOT" 4.w=2:2
}

back
while :; do
	devmem $((bar + 8)) 32
done >/dev/null &
reg on
setpci -s "$SLOT" 4.w=0:2
reg off
back
reg on
setpci -s "$SLOT" CAP_PM+4.w=3:3
reg d3hot
back
reg on
setpci -s "$SLOT" CAP_EXP+8.w=8000:8000
reg reset
sleep 0.2
back
reg on
echo "states done"
sleep 1000
