# SPDX-License-Identifier: BSD-2-Clause
# Compiles the DSDT and turns it into a C array, $(B)/gen/dsdt_aml.h.
#
# Included by the top Makefile; needs iasl (package acpica-tools).

IASL ?= iasl

GEN += $(B)/gen/dsdt_aml.h

$(B)/gen/dsdt.aml: vmm/boot/dsdt.asl
	@mkdir -p $(@D)
	@command -v $(IASL) >/dev/null || { \
		echo "iasl is missing: apt-get install acpica-tools" >&2; exit 1; }
	$(call say,IASL)
	$(Q)$(IASL) -ve -p $(basename $@) $< >$@.log 2>&1 || \
		{ cat $@.log >&2; rm -f $@; exit 1; }

$(B)/gen/dsdt_aml.h: $(B)/gen/dsdt.aml
	$(Q){ echo '/* made from vmm/boot/dsdt.asl: do not edit */'; \
	echo 'static const uint8_t dsdt_aml[] = {'; \
	od -An -v -tx1 $< | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; \
	echo '};'; } >$@
