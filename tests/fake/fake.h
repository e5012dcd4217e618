/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel made of tables, behind the doubles of kvm/sys.c and vfio/sys.c.
 *
 * It refuses what Linux 6.1 refuses (drivers/vfio/, virt/kvm/), writes down
 * every call that changes something, and can be told to fail the n-th call.
 * What the kernel lets pass and what is wrong all the same (a mapping taken
 * away under a memory slot, DMA unmapped under a live device) is blamed.
 * Descriptors are real ones, so that close(2) and leaks are real, too.
 */
#ifndef TESTS_FAKE_H
#define TESTS_FAKE_H

#include <linux/kvm.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/range.h"

#define SIM_BARS    6
#define SIM_ROM     6 /* index into size[] and bar_fd[] */
#define SIM_VECTORS 64

/* A PCI function; set the first part, then sim_add() */
struct sim_pci {
	const char *name; /* long BDF */
	unsigned group;
	uint8_t cfg[4096]; /* as the guest of VFIO reads it */
	unsigned cfg_size;
	uint64_t size[SIM_BARS + 1];
	bool no_mmap[SIM_BARS];
	bool page_each; /* BARs below a page may be mapped, by the page */
	struct range sparse[SIM_BARS][4]; /* len 0 ends it; none: whole BAR */
	unsigned busy;                    /* GET_DEVICE_FD: EAGAIN so often */
	unsigned grant;    /* SET_IRQS gives at most so many vectors; 0: all */
	bool resizable;    /* MSI-X grows while it is live: no NORESIZE */
	bool no_reset;     /* VFIO_DEVICE_RESET is refused */
	bool no_bus_reset; /* nor can its bus be reset */
	bool dead;         /* every read and write fails with EIO */
	bool pulled;       /* every read gives all ones, writes go nowhere */
	bool no_events;    /* ERR and REQ are offered, and refused */

	/* what the calls made of it */
	int irq; /* VFIO_PCI_..._IRQ_INDEX that is live; -1: none */
	unsigned nctx;
	int trigger[SIM_VECTORS];
	long trigger_id[SIM_VECTORS]; /* descriptors come again, these not */
	bool masked;                  /* INTx */
	bool asserted;                /* INTx line */
	int unmask;                   /* eventfd that unmasks; -1 */
	long unmask_id;
	int event[2]; /* eventfds of ERR and REQ; -1 */
	long event_id[2];
	int bar_fd[SIM_BARS + 1];
	unsigned resets;
};

/* What the simulated kernel is like; defaults are made by sim_reset() */
struct sim_knobs {
	int kvm_version;
	int vfio_version;
	long no_kvm_cap; /* KVM_CAP_... that is absent; -1 */
	bool no_type1v2;
	bool no_kvm;       /* VFIO alone: nobody is told of groups */
	bool old_kernel;   /* IOMMU info without capabilities */
	bool not_viable;   /* groups */
	bool narrow_iommu; /* of 36 bits */
	bool no_peers;     /* MAP_DMA of a BAR: EFAULT */
	bool no_mmap;      /* mmap of a BAR: EINVAL */
	bool short_unmap;  /* UNMAP_DMA says half of it */
	int group_left;    /* errno of UNSET_CONTAINER; 0: it is there */
	int phys_bits;     /* CPUID 80000008 */
	int landlock;      /* version; 0: none */
	/* one KVM_RUN; NULL: waits for immediate_exit */
	int (*run)(struct kvm_run *run, unsigned vcpu);
	uint64_t rip;      /* of every vCPU */
	const void *stats; /* file of KVM_GET_STATS_FD; NULL: ENOTTY */
	size_t stats_len;
};

/* One of struct kvm_stats_desc, whose name has no length in the header */
struct sim_stat {
	__u32 flags;
	__s16 exponent;
	__u16 size;
	__u32 offset;
	__u32 bucket_size;
	char name[48];
};

/* What is alive now; all zero after everything was closed */
struct sim_count {
	unsigned files; /* of /dev/kvm, /dev/vfio and what came out of them */
	unsigned maps;  /* of device memory and of struct kvm_run */
	unsigned slots;
	unsigned irqfds;
	unsigned routes; /* MSI */
	unsigned dma;
};

/** sim_reset - a fresh kernel without devices; closes what was left */
void sim_reset(void);

/** sim_knobs - to be changed by the test */
struct sim_knobs *sim_knobs(void);

/** sim_add - put a function into the machine; borrowed until sim_reset() */
void sim_add(struct sim_pci *d);

/** sim_fail - fail the @n-th call from now with @err; 0: none */
void sim_fail(unsigned n, int err);

/** sim_calls - how many calls there were since sim_reset() or sim_fail() */
unsigned sim_calls(void);

/**
 * sim_failed - name of the call that sim_fail() failed; "" when none was
 *
 * As messages spell it: an access is "read" or "write", for not every back end
 * does it by pread(2) and pwrite(2).
 */
const char *sim_failed(void);

/**
 * sim_take - the calls so far of the kinds in @kinds, a line each, and forget
 *
 * Kinds: 'o' container, groups, DMA, devices; 'i' interrupts; 'm' memory slots
 * and mappings; 'c' configuration writes; 'w' other writes; 'v' VM and vCPUs;
 * 's' what a thread gives up.
 * Eventfds are ev0, ev1, ... in the order of their birth; those of ERR and REQ
 * are not counted.
 * Return: static text, valid until the next call.
 */
const char *sim_take(const char *kinds);

/** sim_blame - what was wrong though the kernel let it pass; "": nothing */
const char *sim_blame(void);

/** sim_count - what is alive */
struct sim_count sim_count(void);

/**
 * sim_end - the end of a test: abort() when something is alive or to blame
 *
 * Not an assertion: Criterion takes one that fails in a .fini for a success.
 */
void sim_end(void);

/** sim_fire - the device sends MSI or MSI-X message @vector */
void sim_fire(struct sim_pci *d, unsigned vector);

/** sim_event - VFIO_PCI_ERR_IRQ_INDEX or VFIO_PCI_REQ_IRQ_INDEX happens */
void sim_event(struct sim_pci *d, uint32_t index);

/** sim_intx - the device raises or lowers its INTx line */
void sim_intx(struct sim_pci *d, bool level);

/** sim_eoi - the guest is done with level interrupt @gsi */
void sim_eoi(unsigned gsi);

/** sim_e1000e - a gigabit NIC: MSI-X in a BAR of its own, an I/O BAR, a ROM */
void sim_e1000e(struct sim_pci *d, const char *name, unsigned group);

/** sim_bcm5720 - a NIC of three 64-bit BARs and 17 vectors */
void sim_bcm5720(struct sim_pci *d, const char *name, unsigned group);

/** sim_nvme - one BAR with the MSI-X table inside */
void sim_nvme(struct sim_pci *d, const char *name, unsigned group);

/** sim_virtio - its registers in BAR 4, which offer the use of the IOMMU */
void sim_virtio(struct sim_pci *d, const char *name, unsigned group);

/** sim_cap - offset of capability @id; 0: none */
unsigned sim_cap(const struct sim_pci *d, unsigned id);

/* Between the files of this folder */

enum sim_kind {
	SIM_KVM,
	SIM_VM,
	SIM_VCPU,
	SIM_STATS,
	SIM_KVM_VFIO,
	SIM_CONTAINER,
	SIM_GROUP,
	SIM_DEVICE
};

/** sim_enter - count and write down a call; 0, or -errno when it shall fail */
int sim_enter(char kind, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** sim_leave - write down how it ended, when it failed; returns @rc */
int sim_leave(int rc);

/** sim_note - a line that is no call */
void sim_note(char kind, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** sim_wrong - blame */
void sim_wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** sim_file_new - a descriptor for @obj */
int sim_file_new(enum sim_kind kind, void *obj);

/** sim_file - what an open descriptor of @kind stands for; NULL: not one */
void *sim_file(int fd, enum sim_kind kind);

/** sim_file_close - close(2); the object when it was one of ours */
void *sim_file_close(int fd, enum sim_kind *kind);

/** sim_alive - is a descriptor of @obj open? */
bool sim_alive(enum sim_kind kind, const void *obj);

/** sim_ev_new - name a new eventfd */
void sim_ev_new(int fd);

/** sim_ev_unnamed - the newest eventfd gets no name after all */
void sim_ev_unnamed(int fd);

/** sim_ev - its name; "-" for -1 */
const char *sim_ev(int fd);

/** sim_ev_id - tells an open eventfd from all others; -1: it is none */
long sim_ev_id(int fd);

/** sim_is_eventfd - is it one, and open? */
bool sim_is_eventfd(int fd);

/** sim_ev_take - was it written?  Then read it */
bool sim_ev_take(int fd);

/** sim_kvm_reset - forget every VM */
void sim_kvm_reset(void);

/** sim_kvm_count - add what KVM holds */
void sim_kvm_count(struct sim_count *c);

/** sim_kvm_slot_in - does a memory slot show some of [p, p + len)? */
bool sim_kvm_slot_in(const void *p, size_t len);

/** sim_kvm_pump - inject what waits in eventfds with an irqfd */
void sim_kvm_pump(void);

/** sim_kvm_holds - does a KVM VFIO device hold this group? */
bool sim_kvm_holds(const void *group);

/** sim_vcpu_new - a vCPU's descriptor, or -EEXIST, -EINVAL */
int sim_vcpu_new(const void *vm, unsigned id);

/** sim_vcpu_made - has @vm one? */
bool sim_vcpu_made(const void *vm);

/** sim_vcpu_alive - is a descriptor of one of @vm open? */
bool sim_vcpu_alive(const void *vm);

/** sim_vcpu_forget - @vm is about to be another one */
void sim_vcpu_forget(const void *vm);

/** sim_vcpu_maps - struct kvm_run that are mapped */
unsigned sim_vcpu_maps(void);

/** sim_vcpu_reset - forget all */
void sim_vcpu_reset(void);

/** sim_vfio_reset - forget containers, groups and devices */
void sim_vfio_reset(void);

/** sim_vfio_count - add what VFIO holds */
void sim_vfio_count(struct sim_count *c);

/** sim_vfio_pump - unmask the devices whose unmask eventfd was written */
void sim_vfio_pump(void);

/** sim_map_in - is a part of a BAR of @d mapped under a memory slot? */
bool sim_map_in(const struct sim_pci *d);

/** sim_pci_reset - power-on state of what calls change */
void sim_pci_reset(struct sim_pci *d);

/** sim_pci_vectors - of an IRQ index, as VFIO_DEVICE_GET_IRQ_INFO */
unsigned sim_pci_vectors(const struct sim_pci *d, uint32_t index);

/** sim_pci_config_write - one byte, two or four */
void sim_pci_config_write(struct sim_pci *d, unsigned off, size_t len,
			  uint32_t val);

/** sim_pci_set_irqs - VFIO_DEVICE_SET_IRQS */
int sim_pci_set_irqs(struct sim_pci *d, const struct vfio_irq_set *set);

/** sim_pci_unmask - INTx; fires again when the line is still up */
void sim_pci_unmask(struct sim_pci *d);

#endif
