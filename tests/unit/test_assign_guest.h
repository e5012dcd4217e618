/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest with one passed-through function over the fake kernel: what the
 * tests of vmm/assign stand on.  No vCPU; the tests do the guest's accesses,
 * and so hold the machine's lock from guest_boards() to guest_boards_fini().
 */
#ifndef TEST_ASSIGN_GUEST_H
#define TEST_ASSIGN_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/fake/fake.h"
#include "vmm/assign/assign.h"
#include "vmm/assign/host.h"

#define GUEST_SLOT 0x0a
#define GUEST_RAM  (2 * 1024 * 1024)

struct guest {
	pthread_mutex_t lock; /* held by the test: it is the vCPU */
	struct kvm_vm vm;
	struct kvm_irqs irqs;
	struct bus mmio;
	struct bus pio;
	struct pci_root root;
	struct gmem ram;
	struct assign_env env;
	struct assign_host host;
	struct assign_dev dev;
};

/** guest_boards - VM, buses and root, without a device; asserts */
void guest_boards(struct guest *g);

/** guest_assign - container, group, DMA, device; 0 or -errno */
int guest_assign(struct guest *g, const struct sim_pci *card);

/** guest_release - the way back from guest_assign(); 0 or the first -errno */
int guest_release(struct guest *g);

/** guest_boards_fini - the way back from guest_boards() */
void guest_boards_fini(struct guest *g);

/** guest_open - all of it; asserts, and forgets the log */
void guest_open(struct guest *g, struct sim_pci *card);

/** guest_close - all back; sim_end(): nothing is left and nothing to blame */
void guest_close(struct guest *g);

/** guest_cfg - what the guest reads in the device's configuration space */
uint32_t guest_cfg(struct guest *g, unsigned off, unsigned size);

/** guest_cfg_write - what it writes there */
void guest_cfg_write(struct guest *g, unsigned off, unsigned size,
		     uint32_t val);

/** guest_command - COMMAND |= @on, &= ~@off */
void guest_command(struct guest *g, uint32_t on, uint32_t off);

/** guest_bar - address of a BAR as the guest reads it */
uint64_t guest_bar(struct guest *g, unsigned i);

/** guest_vector - write entry @v of the MSI-X table through its trap */
void guest_vector(struct guest *g, unsigned v, uint32_t data, bool masked);

/** guest_mask - write its mask bit only */
void guest_mask(struct guest *g, unsigned v, bool masked);

/** guest_pba - the pending bit of vector @v */
bool guest_pba(struct guest *g, unsigned v);

/** open_fds - descriptors that this process has open */
unsigned open_fds(void);

#endif
