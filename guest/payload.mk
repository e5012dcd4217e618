# SPDX-License-Identifier: BSD-2-Clause
#
# make payload: build/payload/*.elf, bare-metal programs for tests of the VMM.
# A payload is one C file here that is not part of the library; included by
# the Makefile, expects CSTD, WARN and say.

PAYLOAD := build/payload
PAYLOAD_DIR := guest/payload
PAYLOAD_CC ?= gcc
PAYLOAD_LIB := start lib dt page pci apic msi bcm ap smp
PAYLOAD_SRCS := $(filter-out $(PAYLOAD_LIB:%=$(PAYLOAD_DIR)/%.c),\
	$(sort $(wildcard $(PAYLOAD_DIR)/*.c)))
PAYLOAD_ELFS := $(PAYLOAD_SRCS:$(PAYLOAD_DIR)/%.c=$(PAYLOAD)/%.elf)
# Handlers use the interrupted program's stack and registers: no red zone, no
# SSE.  Nothing calls into a C library, so none of its helpers either.
PAYLOAD_FLAGS := $(CSTD) $(WARN) -O2 -g -ffreestanding -fno-pic -fno-pie \
	-mno-red-zone -mno-sse -mgeneral-regs-only -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fcf-protection=none -mcmodel=small

payload: $(PAYLOAD_ELFS) ## bare-metal test programs: build/payload/*.elf

$(PAYLOAD)/%.o: $(PAYLOAD_DIR)/%.c guest/payload.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(PAYLOAD_CC) $(PAYLOAD_FLAGS) -MMD -MP -c -o $@ $<

$(PAYLOAD)/%.o: $(PAYLOAD_DIR)/%.S guest/payload.mk
	@mkdir -p $(@D)
	$(call say,AS)
	$(Q)$(PAYLOAD_CC) $(PAYLOAD_FLAGS) -c -o $@ $<

$(PAYLOAD)/%.elf: $(PAYLOAD)/%.o $(PAYLOAD_LIB:%=$(PAYLOAD)/%.o) \
		$(PAYLOAD_DIR)/payload.ld
	$(call say,LD)
	$(Q)$(PAYLOAD_CC) -static -nostdlib -Wl,--build-id=none \
		-Wl,-z,noexecstack -Wl,-z,max-page-size=4096 \
		-Wl,--no-warn-rwx-segments \
		-T $(PAYLOAD_DIR)/payload.ld -o $@ $(filter %.o,$^)

.SECONDARY: $(PAYLOAD_SRCS:$(PAYLOAD_DIR)/%.c=$(PAYLOAD)/%.o) \
	$(PAYLOAD_LIB:%=$(PAYLOAD)/%.o)

-include $(wildcard $(PAYLOAD)/*.d)
