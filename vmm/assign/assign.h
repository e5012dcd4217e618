/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A passed-through function: where VFIO meets KVM.
 *
 * The guest's side (struct pci_cfg, struct pci_msix: what it wrote) and the
 * host's side (memory slots, eventfds, irqfds: what we wired) are kept apart.
 * After every write that may matter the host's side is brought in line:
 * assign_bars_sync() and assign_irqs_sync() compare and change, and are
 * harmless to repeat.
 *
 *   config.c  guest's configuration access -> policy -> device
 *   parts.c   which parts of a BAR can be mapped
 *   bars.c    BAR -> memory slot where it can be mapped, trap where it must
 *   peers.c   mapped BAR -> IOMMU, for DMA from device to device
 *   irqs.c    vector -> eventfd -> irqfd -> GSI
 *   events.c  what the host says of the device -> eventfd -> event loop
 *
 * Locks: each device has its own, so that one whose server is slow stops only
 * who wants something of it.  The guest's accesses come in under the machine's
 * lock; assign_enter() gives that back and takes the device's.  What devices
 * share (buses, memory slots, interrupt routes) is touched between
 * assign_share() and assign_unshare(), with both.  So the device's lock is
 * always taken before the machine's, and nobody waits for a device's lock with
 * the machine's held.
 */
#ifndef VMM_ASSIGN_ASSIGN_H
#define VMM_ASSIGN_ASSIGN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/tally.h"
#include "kvm/irq.h"
#include "kvm/vm.h"
#include "vfio/backend.h"
#include "vfio/device.h"
#include "vmm/dev/bus.h"
#include "vmm/pci/aer.h"
#include "vmm/pci/bar.h"
#include "vmm/pci/cfg.h"
#include "vmm/pci/msi.h"
#include "vmm/pci/names.h"
#include "vmm/pci/root.h"

#define ASSIGN_WINDOWS 8 /* mapped parts of one BAR */

/* What a device needs of the machine; all borrowed */
struct assign_env {
	pthread_mutex_t *lock; /* the machine's */
	struct kvm_vm *vm;
	struct kvm_irqs *irqs;
	struct bus *mmio;
	struct bus *pio;
	struct pci_root *root;
	struct pci_windows windows; /* whole */
	struct pci_windows free;    /* what is left for first addresses */
	atomic_bool peers_told; /* that DMA does not reach a BAR; said once */
	unsigned breaks; /* what is done wrong on purpose, base/breaks.h */
};

/* A part of a BAR that the guest reaches without an exit, or only DMA */
struct assign_window {
	struct range part; /* in the region, whole pages */
	void *hva;
	bool dma_only;    /* the BAR is below a page: never a slot */
	int slot;         /* memory slot; -1 while the BAR does not decode */
	struct range dma; /* where DMA reaches it; len 0: it does not */
};

struct assign_dev;

struct assign_bar {
	struct assign_dev *dev;
	unsigned index; /* 0..5, PCI_BAR_ROM */
	struct pci_bar bar;
	struct bus_client trap;
	struct assign_window window[ASSIGN_WINDOWS];
	unsigned nwindows;
	bool shown;
	uint64_t gpa; /* where, while shown (a port for I/O BARs) */
};

enum assign_irq_mode { ASSIGN_NO_IRQ, ASSIGN_INTX, ASSIGN_MSI, ASSIGN_MSIX };

/* One MSI or MSI-X vector as wired on the host */
struct assign_vector {
	int eventfd;   /* -1: the device has none for this vector */
	int gsi;       /* route; -1: none */
	bool attached; /* irqfd: KVM injects when the eventfd is written */
	struct kvm_irq_msi msi; /* what the route says */
	uint64_t unmasked;      /* times that it was attached */
};

struct assign_irqs {
	enum assign_irq_mode mode;
	struct assign_vector *vector; /* nvectors; owned */
	unsigned nvectors;
	unsigned armed;  /* vectors that the device fires; 1 with INTx on */
	int stuck;       /* VFIO index that could not be disabled; -1: none */
	int intx_fd;     /* the device fired */
	int intx_eoi_fd; /* the guest is done: unmask */
	int intx_gsi;    /* while attached */
	bool intx_attached;
	uint64_t modes; /* times that a mode was switched on */
};

enum assign_event {
	ASSIGN_REQ, /* the host wants the device back */
	ASSIGN_ERR, /* the host was told of an error of the device */
	ASSIGN_EVENTS
};

struct assign_dev {
	struct assign_env *env;
	pthread_mutex_t lock; /* of all below; valid while .vfio is open */
	struct vfio_device vfio;
	struct vfio_container *container; /* borrowed */
	bool lost;     /* its server is gone: everything reads all ones */
	unsigned slot; /* in the guest */
	unsigned fn;
	struct pci_cfg cfg;
	struct pci_cfg_options opt;
	struct pci_names names; /* of its registers */
	struct pci_msix msix;
	uint16_t command; /* as the device has it */
	bool awake;       /* power state D0 */
	struct assign_bar bar[PCI_BARS];
	uint8_t rom_page[4096]; /* of the ROM, at rom_at, while it is shown */
	uint64_t rom_at;
	bool rom_valid;
	struct assign_irqs irqs;
	int event_fd[ASSIGN_EVENTS]; /* -1: that is never told */
	unsigned warnings;           /* printed so far */
	struct tally tally;          /* trapped accesses, by assign_key() */
};

/* Where a function stands on the guest's bus 0 */
struct assign_place {
	unsigned slot;      /* 1..31 */
	unsigned fn;        /* 0..7 */
	bool multifunction; /* other functions stand at the same slot */
};

/**
 * assign_open - take a function and put it into the guest
 * @d:         uninitialised; stays where it is until assign_close(); on failure
 *             left closed
 * @env:       borrowed
 * @container: what @src was attached to, with guest RAM mapped
 * @src:       where the device is to be had; borrowed for the call
 * @place:     in the guest
 *
 * Context: without locks; vCPUs do not run yet.
 * Return: 0, or -errno with a message.
 */
int assign_open(struct assign_dev *d, struct assign_env *env,
		struct vfio_container *container, const struct vfio_source *src,
		struct assign_place place) __attribute__((warn_unused_result));

/**
 * assign_quiesce - make the device silent and take it from the guest
 *
 * vCPUs must have stopped.  Interrupts off, bus mastering off, irqfds
 * detached, memory slots deleted, BARs unmapped: DMA can be unmapped now.
 * Goes on after a failure.  Harmless to repeat.
 * Context: without locks.
 * Return: 0, also for a device that assign_lost() was called for; or the first
 *         -errno with a message.
 */
int assign_quiesce(struct assign_dev *d);

/**
 * assign_lost_fd - readable when the device is gone; -1: that is never told
 *
 * vfio_device_check(&d->vfio) then says why, and assign_lost() is due.
 */
int assign_lost_fd(const struct assign_dev *d);

/**
 * assign_lost - make of a device that is gone one that was unplugged
 * @until_ns: CLOCK_MONOTONIC; how long to wait for its lock and the machine's
 *
 * Its mapped windows go, its traps stay, and every access of the guest reads
 * all ones from then on.  Interrupts stay wired: nobody fires them.  Harmless
 * to repeat.
 * Context: without locks; vCPUs may run.
 * Return: 0, or -EAGAIN without a message: not both locks in time, nothing was
 *         done.
 */
int assign_lost(struct assign_dev *d, uint64_t until_ns);

/**
 * assign_event_fd - readable when @e happened; -1: that is never told
 *
 * The host has the device back when it is closed.  The kernel asks again after
 * 10 s, and until then whoever unbinds the driver waits.
 * Source: linux/vfio.h VFIO_PCI_REQ_IRQ_INDEX, VFIO_PCI_ERR_IRQ_INDEX.
 * Observed: kernel 7.3, vfio_unregister_group_dev().
 */
int assign_event_fd(const struct assign_dev *d, enum assign_event e);

/**
 * assign_aer_read - the error status registers of the device, as they are now
 * @a: set; zeros when there are none
 *
 * The host's kernel clears them when it is done with an error.
 * Context: any thread.
 * Return: false when the device has none, or does not answer.
 */
bool assign_aer_read(const struct assign_dev *d, struct pci_aer *a);

/** assign_close - close the device; harmless on a closed or zeroed one */
void assign_close(struct assign_dev *d);

/**
 * assign_key - what an access to a register is counted under
 * @region: VFIO_PCI_..._REGION_INDEX
 * @off:    in it; accesses to one word of 4 bytes are counted together
 */
static inline uint64_t assign_key(unsigned region, uint64_t off)
{
	return (uint64_t)region << 56 | (off & UINT64_C(0xfffffffffffffc));
}

/** assign_key_region - the region of a key */
static inline unsigned assign_key_region(uint64_t key)
{
	return (unsigned)(key >> 56);
}

/** assign_key_off - the offset of a key */
static inline uint64_t assign_key_off(uint64_t key)
{
	return key & UINT64_C(0xffffffffffffff);
}

/**
 * assign_bar_parts - the parts of memory BAR @i that a guest is to reach mapped
 * @d:    its .vfio and .msix are read
 * @i:    0..5
 * @part: room for ASSIGN_WINDOWS; offsets in the region, whole pages
 *
 * Return: how many; everything else is to be trapped.
 */
unsigned assign_bar_parts(const struct assign_dev *d, unsigned i,
			  struct range *part);

/** assign_pages - the pages that @r touches */
struct range assign_pages(struct range r);

/**
 * assign_config_look - read the device's configuration space, apply the policy
 * @d:   its .vfio is open; .cfg, .opt and .msix are set, the latter owned
 * @raw: filled; PCI_CFG_MAX bytes
 *
 * Changes nothing on the device, and puts nothing into a guest.
 * Return: bytes of @raw that are the device's, 256 or 4096; or -errno with a
 *         message.
 */
int assign_config_look(struct assign_dev *d, uint8_t *raw)
	__attribute__((warn_unused_result));

/** assign_masked - does the guest keep vector @v of a live mode masked? */
bool assign_masked(const struct assign_dev *d, unsigned v);

/* Between the files of this folder */

/** assign_enter - a guest's access: from the machine's lock to the device's */
void assign_enter(struct assign_dev *d);

/** assign_leave - and back */
void assign_leave(struct assign_dev *d);

/** assign_share - take the machine's lock, with the device's held or alone */
void assign_share(struct assign_dev *d);

/** assign_unshare - give it back */
void assign_unshare(struct assign_dev *d);

/**
 * assign_warn - print a warning that a guest can cause, with the device's name
 *
 * Only the first few of a device are printed: a guest must not fill our log.
 * None of a device that is gone: the machine says that, once.
 */
void assign_warn(struct assign_dev *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * assign_config_attach - read the device, apply the policy, answer at the slot
 *
 * Return: 0, or -errno with a message.
 */
int assign_config_attach(struct assign_dev *d)
	__attribute__((warn_unused_result));

/**
 * assign_config_quiet - stop the device's DMA, MSIs and INTx
 *
 * It has no interrupt handler any more, and RAM is going to be unmapped, which
 * takes long.  Only closing the device brings it back.
 *
 * Return: 0, or -errno with a message.
 */
int assign_config_quiet(struct assign_dev *d);

/**
 * assign_bars_open - map what can be mapped, place every BAR
 *
 * Return: 0, or -errno with a message.
 */
int assign_bars_open(struct assign_dev *d) __attribute__((warn_unused_result));

/** assign_bars_sync - show the BARs that decode now, hide the others */
void assign_bars_sync(struct assign_dev *d);

/** assign_bars_hide - hide all: before decode, power or reset takes them away
 */
void assign_bars_hide(struct assign_dev *d);

/** assign_bars_trap - take the slots of all windows; under the machine's lock
 */
void assign_bars_trap(struct assign_dev *d);

/** assign_bars_close - hide all and unmap */
void assign_bars_close(struct assign_dev *d);

/**
 * assign_peers_on - let devices reach the mapped parts of a shown BAR
 *
 * Where they cannot, a warning says so, once.
 */
void assign_peers_on(struct assign_bar *b);

/** assign_peers_off - undo it: before the BAR ceases to decode */
void assign_peers_off(struct assign_bar *b);

/**
 * assign_gsi_route - make a GSI a message, or change its message
 * @gsi: the one to change; -1: a new one
 *
 * Return: the GSI, or -errno with a message.
 */
int assign_gsi_route(struct assign_dev *d, int gsi, struct kvm_irq_msi msi);

/** assign_gsi_drop - undo it; 0, or -errno with a message */
int assign_gsi_drop(struct assign_dev *d, int gsi);

/**
 * assign_gsi_attach - who writes @eventfd raises @gsi
 * @eoi_fd: written at the guest's EOI of a level-triggered one; -1: none
 *
 * Return: 0, or -errno with a message.
 */
int assign_gsi_attach(struct assign_dev *d, int gsi, int eventfd, int eoi_fd);

/** assign_gsi_detach - undo it; a masked vector is one that is detached */
int assign_gsi_detach(struct assign_dev *d, int gsi, int eventfd);

/** assign_irq_mode_name - "none", "INTx", "MSI", "MSI-X" */
const char *assign_irq_mode_name(enum assign_irq_mode mode);

/** assign_irq_index - VFIO_PCI_..._IRQ_INDEX; @mode: not ASSIGN_NO_IRQ */
uint32_t assign_irq_index(enum assign_irq_mode mode);

/** assign_irqs_init - inert: no mode, no vectors */
void assign_irqs_init(struct assign_dev *d);

/** assign_irqs_sync - wire what the guest asks for now, unwire the rest */
void assign_irqs_sync(struct assign_dev *d);

/** assign_irqs_sync_vector - likewise for one MSI-X vector that was written */
void assign_irqs_sync_vector(struct assign_dev *d, unsigned v);

/**
 * assign_irqs_silence - the device fires no more; KVM's side stays as it is
 *
 * Harmless when it is silent.
 *
 * Return: 0, or -errno with a message; it is tried again the next time.
 */
int assign_irqs_silence(struct assign_dev *d)
	__attribute__((warn_unused_result));

/**
 * assign_irqs_off - silence the device and unwire everything
 *
 * Return: 0, or the first -errno with a message.
 */
int assign_irqs_off(struct assign_dev *d);

/** assign_events_init - inert: nothing is wired */
void assign_events_init(struct assign_dev *d);

/** assign_events_on - wire what the device offers; warns of what it cannot */
void assign_events_on(struct assign_dev *d);

/**
 * assign_events_off - undo it; harmless to repeat
 *
 * Return: 0, also for a device that is lost; or -errno with a message.
 */
int assign_events_off(struct assign_dev *d);

/** assign_irqs_pending - PBA: did vector @v fire while it was masked? */
bool assign_irqs_pending(const struct assign_dev *d, unsigned v);

#endif
