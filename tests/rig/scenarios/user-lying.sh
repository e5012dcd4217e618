# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Servers that lie, on a KVM that is not of software's own making: there a page
# that is gone from under a mapped BAR is an error of KVM_RUN, and interrupts
# come by real irqfds.  All lies: tests/lying, on the host.
#
# rig: --mem 2G --timeout 900
set -u
export LIMIT=20000
exec bash tests/lying/lying.sh \
	'file-shrinks|--twin|no-mmap|dma-edge|storm|event-|ram-|(kill|close|unasked|twice)@REGION_READ/0:[46]'
