# SPDX-License-Identifier: BSD-2-Clause
# passthru: `make` builds build/passthru; `make help` lists everything else.

FLAVOUR ?= release
B := build/$(FLAVOUR)

CC ?= gcc
CSTD := -std=gnu11
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wconversion -Wundef -Wswitch-enum -Wpointer-arith -Werror
OPT_release := -O2 -g
OPT_debug := -O0 -g
OPT_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
CFLAGS ?= $(OPT_$(FLAVOUR))
ALL_CFLAGS := $(CSTD) $(WARN) $(CFLAGS) -D_GNU_SOURCE -I. -I$(B)/gen -pthread
ALL_LDFLAGS := $(LDFLAGS) -pthread
LDLIBS := -lfdt

DIRS := base kvm vfio vmm/pci vmm/dev vmm/boot vmm/assign vmm/machine vmm/cli
MAIN := vmm/main.c
SRCS := $(foreach d,$(DIRS),$(sort $(wildcard $(d)/*.c)))
OBJS := $(SRCS:%.c=$(B)/%.o)

.PHONY: all
all: build/passthru

build/passthru: $(B)/passthru
	ln -sf $(FLAVOUR)/passthru $@

$(B)/passthru: $(OBJS) $(MAIN:%.c=$(B)/%.o)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

-include $(OBJS:.o=.d) $(MAIN:%.c=$(B)/%.d)
