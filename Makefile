# SPDX-License-Identifier: BSD-2-Clause
# passthru: `make` builds build/passthru; `make help` lists everything else.
#
# This file knows how to compile and link; guest/*.mk, vmm/boot/boot.mk and
# vmm/cli/cli.mk know their own outputs, tests/tests.mk how everything is
# checked.  All output goes to build/; what depends on the compiler's flags to
# build/<flavour>/.

# release, debug, asan (gcc) or clang-release, clang-debug, clang-asan
FLAVOUR ?= release
# LESSONS=1 adds --break, for the experiments of docs/lessons
B := build/$(FLAVOUR)$(if $(LESSONS),-lessons)
KIND := $(patsubst clang-%,%,$(FLAVOUR))
PREFIX ?= /usr/local

ifeq ($(origin CC),default)
CC := $(if $(filter clang-%,$(FLAVOUR)),clang,gcc)
endif
CSTD := -std=gnu11 -D_GNU_SOURCE $(if $(LESSONS),-DLESSONS)
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wconversion -Wundef -Wswitch-enum -Wpointer-arith -Werror
OPT_release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPT_debug := -O0 -g
OPT_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
ifeq ($(OPT_$(KIND)),)
$(error FLAVOUR=$(FLAVOUR): give release, debug, asan, or clang- and one of them)
endif
CFLAGS ?= $(OPT_$(KIND))
ALL_CFLAGS := $(CSTD) $(WARN) $(CFLAGS) -I. -I$(B)/gen -pthread
ALL_LDFLAGS := -Wl,-z,relro,-z,now,--as-needed $(LDFLAGS) -pthread
LDLIBS := -lfdt -lseccomp
# Its archive, so that the program runs where only libc is.
TWIN_LIBS := -l:libdeflate.a

DIRS := base kvm kvm/x86 vfio vfio/user vmm/pci vmm/dev vmm/boot vmm/assign \
	vmm/machine vmm/doctor vmm/cli
SRCS := $(foreach d,$(DIRS),$(sort $(wildcard $(d)/*.c)))
OBJS := $(SRCS:%.c=$(B)/%.o)
BASE_OBJS := $(filter $(B)/base/%,$(OBJS))
MAIN := $(B)/vmm/main.o
GEN := # headers made at build time; boot.mk and cli.mk add to it

# make V=1 shows the commands; else one short line each, none under make -s
Q := $(if $(V),,@)
say = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),@:,@echo "  $(1)  $@")

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all clean compdb demo demo-rig docs bench install uninstall help gen guest payload FORCE

all: build/passthru ## the VMM alone: build/passthru

-include vmm/boot/boot.mk vmm/cli/cli.mk guest/guest.mk guest/payload.mk

# A hard link, so that /proc/self/exe is build/passthru, beside build/guest/.
build/passthru: $(B)/passthru FORCE
	@test $@ -ef $< || ln -f $< $@

$(B)/passthru: $(OBJS) $(MAIN)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# The software BCM5720: model, vfio-user server, what its ports plug into.
TWIN_DIRS := model server wire
TWIN_MAIN := $(B)/tests/twin/server/main.o
TWIN_SRCS := $(sort $(wildcard $(TWIN_DIRS:%=tests/twin/%/*.c)))
TWIN_OBJS := $(filter-out $(TWIN_MAIN),$(TWIN_SRCS:%.c=$(B)/%.o))

include tests/tests.mk

build/bcm5720: $(B)/bcm5720 FORCE ## the software BCM5720, a vfio-user server
	@test $@ -ef $< || ln -f $< $@

$(B)/bcm5720: $(TWIN_OBJS) $(TWIN_MAIN) $(BASE_OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(TWIN_LIBS)

$(TWIN_SRCS:%.c=$(B)/%.o): | build/.deps/twin

gen: $(GEN)

# What is generated exists before the first compilation; from then on the .d
# files know who needs it.
$(B)/%.o: %.c $(B)/flags | $(GEN)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Other flags than last time: compile everything again.
$(B)/flags: FORCE | build/.deps/build
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(ALL_CFLAGS)' >$@

# Fails with the apt-get command when something is missing.
build/.deps/%: scripts/deps.sh
	@scripts/deps.sh check $*
	@mkdir -p $(@D) && touch $@

-include $(OBJS:.o=.d) $(MAIN:.o=.d) $(TWIN_OBJS:.o=.d) $(TWIN_MAIN:.o=.d)

demo: ## install what is missing, build, give a NIC to a guest, step by step
	@scripts/deps.sh install build twin guest \
		$$(scripts/demo.sh --way | grep -x rig)
	+@$(MAKE) --no-print-directory all guest build/bcm5720
	@scripts/demo.sh

demo-rig: export PASSTHRU_DEMO := rig
demo-rig: demo ## likewise in the rig, where the NIC comes from a host's driver

bench: all guest ## measure against QEMU, in the rig (slow)
	@tests/bench/bench.sh

compdb: ## compile_commands.json for editors, by bear
	@scripts/deps.sh check build twin unit compdb
	+bear --output compile_commands.json -- $(MAKE) -B FLAVOUR=debug \
		build/debug/passthru build/debug/bcm5720 build/debug/unit

# All that the program says of itself is said in its --help.
docs: $(B)/passthru.1 $(B)/passthru.bash ## manual page and bash completion

$(B)/help.txt: $(B)/passthru scripts/helps
	$(Q)scripts/helps $< >$@

DATE = $${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || date +%s)}

$(B)/passthru.1: $(B)/help.txt scripts/manual.awk
	$(call say,MAN)
	$(Q)awk -v date="$$(date -u -d "@$(DATE)" +%F)" \
		-v version="$$($(B)/passthru --version)" \
		-f scripts/manual.awk $< >$@

$(B)/passthru.bash: $(B)/help.txt scripts/completion.awk scripts/completion.sh
	$(call say,COMPL)
	$(Q){ awk -f scripts/completion.awk $< && cat scripts/completion.sh; } >$@

# Where what goes; program and library find each other by where they are.
TO = $(DESTDIR)$(PREFIX)
MAN_TO = $(TO)/share/man/man1/passthru.1
COMPLETION_TO = $(TO)/share/bash-completion/completions/passthru
LIB_TO = $(TO)/lib/passthru
TWIN := $(B)/bcm5720
GUEST_FILES := vmlinux vmlinuz initrd.img more.img

install: $(B)/passthru docs ## to $(DESTDIR)$(PREFIX): program, manual page, completion; guest and bcm5720 if built
	install -D -m 755 $(B)/passthru $(TO)/bin/passthru
	install -D -m 644 $(B)/passthru.1 $(MAN_TO)
	install -D -m 644 $(B)/passthru.bash $(COMPLETION_TO)
	@for f in $(GUEST_FILES); do \
		test ! -f $(GUEST)/$$f || install -D -m 644 $(GUEST)/$$f \
			$(LIB_TO)/$$f || exit 1; \
	done
	@test ! -f $(TWIN) || install -D -m 755 $(TWIN) $(LIB_TO)/bcm5720
	@test -f $(LIB_TO)/initrd.img || echo "no guest is built: run" \
		"needs --kernel and --initrd, or: make guest install"

uninstall: ## undo install; DESTDIR and PREFIX as then
	rm -f $(TO)/bin/passthru $(MAN_TO) $(COMPLETION_TO) \
		$(addprefix $(LIB_TO)/,$(GUEST_FILES) bcm5720)
	@test ! -d $(LIB_TO) || rmdir --ignore-fail-on-non-empty $(LIB_TO)

clean: ## remove what was compiled; keep downloads, guest and rig
	rm -rf $(addprefix build/,release debug asan clang-release clang-debug \
		clang-asan hidecap hidemsix fuzz payload test lint .deps \
		passthru bcm5720) build/*-lessons

help: ## this list
	@echo 'make TARGET [FLAVOUR=$(FLAVOUR)]'
	@sed -n 's/^\([a-z0-9/-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | sort | \
		awk -F'\t' '{ printf "  %-14s %s\n", $$1, $$2 }'
