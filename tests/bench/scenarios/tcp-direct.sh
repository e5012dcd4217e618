# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Speed of TCP with both NICs in identity domains: the device itself, as a guest
# of ours sees it, whose memory is mapped once.
#
# rig: --hw 'bcm5720:--net pair' --hw port --mem 2G --timeout 400
# rig: --hw '-netdev hubport,id=h0,hubid=0 -netdev hubport,id=h1,hubid=0'
# rig: --hw '-device e1000e,netdev=h0,bus=rigp3,addr=0.0,multifunction=on'
# rig: --hw '-device e1000e,netdev=h1,bus=rigp3,addr=0.1'
set -u
. tests/rig/lib-tg3.sh

direct $a
direct 0000:03:00.0
mib=64 # read by tcp-ratio.sh
. tests/bench/tcp-ratio.sh
