# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What is so when a lesson begins; source it in the rig, in the repository.
# `passthru` is the one with --break, and the host's drivers have its NICs.
PATH=$PWD/build/release-lessons:$PATH
export PATH
modprobe -a tg3 e1000 e1000e
sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
