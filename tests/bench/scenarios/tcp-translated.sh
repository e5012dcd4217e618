# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Speed of TCP with both NICs behind the IOMMU, as the outer kernel has them by
# default: each buffer is mapped and unmapped, and for a device in another
# process QEMU sends a message for every page of it.
#
# rig: --hw 'bcm5720:--net pair' --hw port --mem 2G --timeout 600
# rig: --hw '-netdev hubport,id=h0,hubid=0 -netdev hubport,id=h1,hubid=0'
# rig: --hw '-device e1000e,netdev=h0,bus=rigp3,addr=0.0,multifunction=on'
# rig: --hw '-device e1000e,netdev=h1,bus=rigp3,addr=0.1'
set -u
. tests/rig/lib-tg3.sh

mib=4 # read by tcp-ratio.sh
. tests/bench/tcp-ratio.sh
