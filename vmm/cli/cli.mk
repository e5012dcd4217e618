# SPDX-License-Identifier: BSD-2-Clause
# Turns the guest's side of `passthru test` into a C array,
# $(B)/gen/guest_expect_sh.h.
#
# Included by the top Makefile.

GEN += $(B)/gen/guest_expect_sh.h

$(B)/gen/guest_expect_sh.h: guest/expect.sh
	@mkdir -p $(@D)
	$(Q){ echo '/* made from guest/expect.sh: do not edit */'; \
	echo 'static const uint8_t guest_expect_sh[] = {'; \
	od -An -v -tx1 $< | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; \
	echo '0};'; } >$@
