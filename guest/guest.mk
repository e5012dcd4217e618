# SPDX-License-Identifier: BSD-2-Clause
#
# make guest: build/guest/vmlinuz and build/guest/initrd.img, what passthru
# boots by default, and more.img, drivers to append to the latter.  To be
# included by the Makefile; expects CSTD and WARN.
# Debian packages are downloaded once into build/guest/cache; remove that
# directory to have newer ones.  Needs apt, dpkg, binutils, gcc with static
# libc; no root.

GUEST := build/guest
INITRAMFS := guest/initramfs
INIT_SRCS := $(sort $(wildcard $(INITRAMFS)/*.c))
GUEST_CC ?= gcc

.PHONY: guest
guest: $(GUEST)/initrd.img ## the Linux guest that passthru boots by default

$(GUEST)/init: $(INIT_SRCS) $(INITRAMFS)/init.h
	@mkdir -p $(@D)
	$(GUEST_CC) $(CSTD) $(WARN) -static -Os -s \
		-o $@ $(INIT_SRCS)

$(GUEST)/cache/debs.list: $(INITRAMFS)/fetch
	@mkdir -p $(@D)
	@$(INITRAMFS)/fetch $(@D)
	@touch $@

$(GUEST)/initrd.img: $(GUEST)/init $(GUEST)/cache/debs.list \
		$(INITRAMFS)/build $(wildcard $(INITRAMFS)/etc/* \
		$(INITRAMFS)/etc/*/*)
	@$(INITRAMFS)/build $(GUEST)/cache $(GUEST)/init $(GUEST)
