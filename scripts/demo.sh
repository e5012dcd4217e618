#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The demo: a guest of passthru owns a dual-port NIC and uses its network.
#
#   scripts/demo.sh          do it
#   scripts/demo.sh --way    say which of the two ways it would go
#
# direct: here, where KVM is real.  The NIC is a BCM5720 made of software, which
#         passthru starts itself: no root, no IOMMU, no device of this host.
# rig:    in a machine made of software, with an IOMMU and that NIC in it: from
#         the host's driver to a guest and back.  Works everywhere.
#
# PASSTHRU_DEMO=rig or =direct chooses; else it is the first one that works.
# Logs go to $OUT, or build/demo.
# What happens in the rig is in demo-inside.sh, in the guest in demo-guest.sh;
# the README has the steps for real hardware.
set -eu
cd "$(dirname "$0")/.."

die() {
	echo "demo: $*" >&2
	exit 1
}

kvm_opens() {
	(: <>/dev/kvm) 2>/dev/null
}

way() {
	case ${PASSTHRU_DEMO:-} in
	rig | direct) echo "$PASSTHRU_DEMO" ;;
	"") if grep -qwE 'vmx|svm' /proc/cpuinfo && kvm_opens; then
		echo direct
	else
		echo rig
	fi ;;
	*) die "PASSTHRU_DEMO=$PASSTHRU_DEMO: give rig or direct" ;;
	esac
}

# Why not the short way, where a word would help
explain() {
	if ! grep -qwE 'vmx|svm' /proc/cpuinfo; then
		echo "This machine's CPU offers no virtualization (no vmx or svm" \
			"in /proc/cpuinfo)."
	elif [ ! -e /dev/kvm ]; then
		echo "There is no /dev/kvm (modprobe kvm-intel or kvm-amd, as root)."
	elif ! kvm_opens; then
		echo "You may not open /dev/kvm (sudo usermod -aG kvm $(id -un)," \
			"then log in again)."
	fi
}

in_rig() {
	explain
	echo "The demo runs in a software machine: an AMD CPU with SVM, an Intel IOMMU"
	echo "and a BCM5720 NIC at 02:00.0 and 02:00.1. Nothing of this host is touched."
	tests/rig/rig build || return
	echo "Starting it (about 10 seconds) ..."
	tests/rig/rig exec --hw bcm5720 --timeout 300 --out "$out" \
		-- scripts/demo-inside.sh
}

direct() {
	echo "A guest gets a dual-port BCM5720 NIC made of software. No root, no IOMMU,"
	echo "no device of this host."
	echo
	echo "\$ passthru run --device bcm5720,at=0a.0 -- sh -c '...'"
	mkdir -p "$out"
	build/passthru run --timeout 120 --console "$out/console.log" \
		--device bcm5720,at=0a.0 -- sh -c "$(cat scripts/demo-guest.sh)"
}

out=${OUT:-build/demo}
way=$(way)
case $* in
"") ;;
--way) echo "$way"; exit 0 ;;
*) die "$*: no such option" ;;
esac
started=$(date +%s.%N)
status=0
case $way in
direct) direct ;;
rig) in_rig ;;
esac || status=$?
echo
if [ "$status" -eq 0 ]; then
	seconds=$(echo "$started $(date +%s.%N)" | awk '{ printf "%.1f", $2 - $1 }')
	echo "Done in $seconds s. On your own hardware: README.md," \
		"\"On your own hardware\"."
else
	echo "The demo failed with status $status; the kernel's log is" \
		"$out/console.log" >&2
fi
exit "$status"
