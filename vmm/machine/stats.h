/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What --stats prints when the machine has stopped, and SIGUSR1 while it runs:
 * one picture of it, taken first and then told as text or as JSON.
 *
 * Interrupts of MSI, MSI-X and INTx go from the device to KVM by eventfd and
 * irqfd, past this process: how they are wired is known here, how many came is
 * what the host's kernel counts (vfio/fired.h).  A server's are not counted,
 * nor those that the IOMMU posts to a vCPU.
 */
#ifndef VMM_MACHINE_STATS_H
#define VMM_MACHINE_STATS_H

#include <stdio.h>

#include "base/tally.h"
#include "vfio/fired.h"
#include "vmm/machine/machine.h"

#define STATS_TOP     16 /* registers of a device that are named */
#define STATS_CLIENTS (LEGACY_CLIENTS + 2)

struct stats_access {
	const char *name;
	uint64_t reads;
	uint64_t writes;
};

struct stats_vector {
	unsigned vector;
	int eventfd;
	int gsi;       /* -1: none */
	bool attached; /* KVM injects it by itself */
	bool masked;   /* by the guest */
	bool pending;  /* fired while it was masked */
	uint64_t unmasked;
	uint64_t fired; /* fired_count() */
	uint64_t addr;  /* the guest's message */
	uint32_t data;
};

struct stats_mapping {
	struct range iova;
	const char *backend;
	int dev; /* whose BAR it is; -1: RAM */
	unsigned bar;
};

/* One device; .busy: its lock was not to be had, nothing else is valid */
struct stats_dev {
	const char *name;
	unsigned slot;
	unsigned fn;
	bool busy;
	bool lost;
	uint64_t bar_reads[PCI_BARS]; /* trapped */
	uint64_t bar_writes[PCI_BARS];
	struct tally_row top[STATS_TOP];
	unsigned ntop;
	struct tally_row rest;
	const struct pci_names *names; /* borrowed; they do not change */
	struct range msix_table;
	struct range msix_pba;
	unsigned table_bar;
	unsigned pba_bar;
	bool has_msix;
	enum assign_irq_mode mode;
	unsigned armed;
	uint64_t modes;
	int stuck;   /* VFIO index that could not be switched off; -1 */
	int intx_fd; /* with INTx; -1: none */
	int intx_gsi;
	bool intx_attached;
	uint64_t intx_fired; /* likewise, of the line */
	int intx_line; /* 1: the device asserts it, 0: not, -1: not asked */
	struct stats_vector *vector; /* those with an eventfd; owned */
	unsigned nvectors;
};

struct stats {
	bool running;
	bool busy; /* the machine's lock was not to be had: no .client */
	uint64_t returns[VCPU_REASONS];
	uint64_t signal;
	uint64_t kvm[KVM_COUNTS]; /* of all vCPUs, or KVM_COUNT_UNKNOWN */
	struct stats_access client[STATS_CLIENTS];
	struct stats_dev dev[MACHINE_DEVICES];
	unsigned ndev;
	struct stats_mapping *map; /* owned */
	unsigned nmap;
	uint64_t phase_ns[MACHINE_PHASES]; /* since MACHINE_BEGIN */
	struct {
		uint64_t rip;
		uint64_t rflags;
	} vcpu[PLAT_MAX_CPUS];
	unsigned nvcpu; /* whose registers are known: none while it runs */
};

/**
 * stats_take - look at everything, waiting for no lock longer than 20 ms
 * @s: filled; stats_free() is due
 * @m: open
 *
 * Context: the main thread, without locks; vCPUs may run.
 */
void stats_take(struct stats *s, struct machine *m);

/** stats_free - what stats_take() allocated; repeatable */
void stats_free(struct stats *s);

/** stats_text - lines of "stats: NAME VALUE"; times in ms */
void stats_text(const struct stats *s, FILE *f);

/** stats_json - one object, in one line; documented in docs/stats.md */
void stats_json(const struct stats *s, FILE *f);

/**
 * stats_print - take it and tell it, in the form that the run was asked for
 *
 * Context: as stats_take(); @f is written when all locks are given back.
 */
void stats_print(struct machine *m, FILE *f);

/**
 * stats_write - likewise, to standard error
 *
 * The event loop does this: it ends where nobody reads for a second.
 */
void stats_write(struct machine *m);

/* Between the two that tell it */

/** stats_reason - "mmio" for KVM_EXIT_MMIO */
const char *stats_reason(unsigned reason);

/** stats_phase - name of what ended with @p */
const char *stats_phase(enum machine_phase p);

/**
 * stats_what - what is at a key of assign_key(); "" when nothing is known of it
 * @buf: for the answer, @cap bytes
 */
const char *stats_what(const struct stats_dev *d, uint64_t key, char *buf,
		       size_t cap);

#endif
