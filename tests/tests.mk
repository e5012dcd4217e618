# SPDX-License-Identifier: BSD-2-Clause
# How everything is checked: the unit test binary, the fuzz targets' replay
# programs, and the targets that hand over to tests/run, which does the
# counting.  Every one of them ends with `N passed, N failed, N skipped`.

.PHONY: check test soak lint asan unit kvmtests interop rig-programs fuzz-smoke \
	smoke-programs

# tests/fake/kvm_sys.c stands in for kvm/sys.c (or vmm/kvm/sys.c) at link time.
FAKES := $(wildcard tests/fake/*.c)
FAKED := $(foreach f,$(patsubst tests/fake/%_sys.c,%,$(filter %_sys.c,$(FAKES))),\
	$(B)/$(f)/sys.o $(B)/vmm/$(f)/sys.o)
UNITS := $(wildcard tests/unit/*.c)
ifdef LESSONS # the rest is the same in every build
UNITS := $(addprefix tests/unit/test_,breaks.c said.c host_libc.c \
	assign_guest.c \
	machine_board.c host_duo.c host_fake.c)
endif
DOUBLED := $(filter-out $(FAKED),$(OBJS)) $(FAKES:%.c=$(B)/%.o) $(TWIN_OBJS)
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
SMOKE := $(FUZZ:$(B)/%=$(B)/smoke/%)

# libc's calls that tests/unit/test_host_libc.c can make fail
WRAPPED := access fopen flock fstat fsync mkdir open opendir read readlink \
	regexec rename unlink write
comma := ,

# All of these have the software BCM5720 in them.
$(B)/unit $(FUZZ) $(SMOKE) $(B)/twin-bench: LDLIBS += $(TWIN_LIBS)

$(B)/unit: $(UNITS:%.c=$(B)/%.o) $(DOUBLED)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(WRAPPED:%=-Wl$(comma)--wrap=%) \
		-o $@ $^ $(LDLIBS) -lcriterion

$(UNITS:%.c=$(B)/%.o): | build/.deps/unit

# Each fuzz target with a main() that feeds it the files it is given.
$(B)/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(DOUBLED)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# Each fuzz target with libFuzzer's main(), compiled for it in build/fuzz.
SMOKE_CFLAGS := -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer

$(SMOKE): $(B)/smoke/%: $(B)/tests/fuzz/%.o $(DOUBLED)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $(ALL_LDFLAGS) -o $@ $^ \
		$(LDLIBS)

smoke-programs: $(SMOKE) ## what fuzz-smoke runs, not run

fuzz-smoke: ## every fuzz target, for FUZZ_SECONDS=60 each, beyond its corpus
	@scripts/deps.sh check build twin lint
	+$(Q)$(MAKE) --no-print-directory B=build/fuzz CC=clang \
		CFLAGS='$(SMOKE_CFLAGS)' smoke-programs
	@tests/fuzz/smoke build/fuzz

# What the software BCM5720 costs natively, and a message to it, which `make
# bench` shows first.
.PHONY: bench-twin bench-user bench-tcp
bench: bench-twin bench-user bench-tcp
bench-twin: $(B)/twin-bench ## what the software BCM5720 costs natively
	@tests/bench/twin.sh $<

bench-user: $(B)/user-bench build/bcm5720 ## a register read over vfio-user
	@tests/bench/user.sh $<

bench-tcp: build/bcm5720 ## TCP over it beside QEMU's e1000e, in the rig
	@mkdir -p build/bench
	@SCENARIOS=tests/bench/scenarios TEST_OUT=build/bench \
		tests/rig/run-scenarios

$(B)/twin-bench: $(B)/tests/bench/twin.o $(TWIN_OBJS) $(BASE_OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# A client alone: no machine above it, no KVM beside it.
CLIENT_OBJS := $(filter $(B)/base/% $(B)/vfio/%,$(OBJS))

$(B)/user-bench: $(B)/tests/bench/user.o $(CLIENT_OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

-include $(B)/tests/bench/twin.d $(B)/tests/bench/user.d

# What talks to servers that we did not write.
INTEROP_OBJS := $(patsubst %,$(B)/tests/interop/%.o,client samples driver)

$(B)/interop: $(INTEROP_OBJS) $(CLIENT_OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

-include $(INTEROP_OBJS:.o=.d)

interop: ## the client against libvfio-user's samples: LIBVFIO_USER=DIR
	@tests/run interop

# Tests on a real /dev/kvm that need more than the command line gives: each a
# program of its own with the objects of the VMM, no double among them.
KVMTESTS := $(patsubst tests/kvm/%.c,$(B)/kvm-%,$(wildcard tests/kvm/*.c))

$(KVMTESTS): $(B)/kvm-%: $(B)/tests/kvm/%.o $(OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

kvmtests: $(KVMTESTS) ## the programs of tests/kvm, not run

# A server that keeps no promise.
-include tests/lying/lying.mk

-include $(UNITS:%.c=$(B)/%.d) $(FAKES:%.c=$(B)/%.d)
-include $(KVMTESTS:$(B)/kvm-%=$(B)/tests/kvm/%.d)
-include $(FUZZ:$(B)/%=$(B)/tests/fuzz/%.d) $(B)/tests/fuzz/replay.d

unit: $(B)/unit $(FUZZ) ## the test programs of FLAVOUR, not run

# What the rig's scenarios run: passthru, a program that opens and closes
# machines, a passthru that hides a capability too many, which the comparison
# of lspci must notice, one that hides MSI-X, so that MSI is used, and one for
# the lessons.
rig-programs: all payload liar kvmtests build/bcm5720 $(B)/cycle ## what the rig's tests run beside passthru
	+$(Q)$(MAKE) --no-print-directory B=build/hidecap \
		CFLAGS='$(OPT_release) -DPCI_POLICY_TEST_HIDE=PCI_CAP_ID_PM' \
		build/hidecap/passthru
	+$(Q)$(MAKE) --no-print-directory B=build/hidemsix \
		CFLAGS='$(OPT_release) -DPCI_POLICY_TEST_HIDE=PCI_CAP_ID_MSIX' \
		build/hidemsix/passthru
	+$(Q)$(MAKE) --no-print-directory LESSONS=1 FLAVOUR=release \
		build/release-lessons/passthru build/release-lessons/bcm5720

$(B)/cycle: $(B)/tests/rig/cycle.o $(OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

-include $(B)/tests/rig/cycle.d

.PHONY: lessons
lessons: all guest payload ## a shell where docs/lessons can be typed, in the rig
	+$(Q)$(MAKE) --no-print-directory LESSONS=1 FLAVOUR=release \
		build/release-lessons/passthru build/release-lessons/bcm5720
	@tests/lessons/shell.sh

.PHONY: matrix
matrix: all guest ## each PCI device in the rig, in a guest of passthru and of QEMU
	@tests/rig/matrix $(DEVICES)

check: ## unit tests, fakes, golden files, corpus: no privileges, under a minute
	@FLAVOUR=$(FLAVOUR) tests/run check

asan: ## the same under the address and undefined-behaviour sanitizers
	@FLAVOUR=asan tests/run check

lint: ## format, clang-tidy, cppcheck, layering, docstrings, sizes, ...
	@tests/run lint

soak: ## hostile guests, fifty million accesses; a hundred runs in a row; an hour
	@scripts/deps.sh install build twin unit guest rig
	@tests/run soak

test: ## everything; installs what is missing
	@scripts/deps.sh install build twin unit lint guest rig
	@tests/run all
