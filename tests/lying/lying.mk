# SPDX-License-Identifier: BSD-2-Clause
# The lying server: $(B)/liar.  Included by tests/tests.mk; expects ALL_CFLAGS
# and say.

LIAR_SRCS := $(sort $(wildcard tests/lying/*.c))

.PHONY: liar
liar: $(B)/liar ## the lying vfio-user server of the tests

$(B)/liar: $(LIAR_SRCS:%.c=$(B)/%.o)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^

-include $(LIAR_SRCS:%.c=$(B)/%.d)
