/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One virtual machine, put together as straight-line code.
 *
 * machine_open() is the order of things: VM, RAM, container and groups, DMA,
 * devices, boot image, vCPUs.  machine_run() is the event loop; machine_close()
 * is the way back, in the order that the kernel wants.
 */
#ifndef VMM_MACHINE_MACHINE_H
#define VMM_MACHINE_MACHINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/fd.h"
#include "kvm/irq.h"
#include "kvm/ring.h"
#include "kvm/vcpu.h"
#include "kvm/vm.h"
#include "vfio/bdf.h"
#include "vmm/assign/assign.h"
#include "vmm/assign/host.h"
#include "vmm/boot/boot.h"
#include "vmm/boot/platform.h"
#include "vmm/dev/bus.h"
#include "vmm/dev/stop.h"
#include "vmm/machine/legacy.h"
#include "vmm/machine/memory.h"
#include "vmm/machine/sandbox.h"
#include "vmm/machine/vcpu.h"

#define MACHINE_DEVICES 16

struct machine_device {
	struct vfio_source src;
	unsigned slot; /* in the guest, 1..31 */
	unsigned fn;   /* 0..7 */
};

/**
 * machine_input_fn - looks at what the user typed before the guest gets it
 * @in:    @n bytes as read
 * @out:   filled with what goes to the guest; room for @n + 1 bytes
 * @n_out: set to their number
 *
 * Return: false to leave the machine.
 */
typedef bool machine_input_fn(void *opaque, const uint8_t *in, size_t n,
			      uint8_t *out, size_t *n_out);

struct machine_config {
	unsigned ncpus;
	uint64_t ram_size; /* bytes */
	bool hugepages;    /* RAM in the host's pool of 2 MiB pages */
	struct boot_source boot;
	struct machine_device dev[MACHINE_DEVICES];
	unsigned ndev;
	int out_fd[LEGACY_COMS];       /* where COM1..COM3 write; -1: nowhere */
	uint64_t out_max[LEGACY_COMS]; /* how long it may make a file; 0: any */
	int input_fd;                  /* terminal; -1: none */
	unsigned input_com;            /* LEGACY_COM1 or LEGACY_COM2 gets it */
	machine_input_fn *input;       /* NULL: straight through */
	void *input_opaque;
	uint64_t deadline_ns; /* of clock_now_ns(); 0: none */
	/*
	 * COM2 and COM3 are written by string output of our own init: KVM may
	 * keep the bytes until the next exit.
	 */
	bool keep_output;
	bool sandbox;            /* from the start of the guest on */
	bool stats;              /* KVM shall count, too */
	struct fd_sink stats_to; /* as fd_sink() gives it */
	bool stats_json; /* the form of the statistics; else lines of text */
	int fired_fd;    /* fired_open(); -1: interrupts are not counted */
	unsigned breaks; /* what is done wrong on purpose, base/breaks.h */
};

/* When each phase of the start was done, by clock_now_ns() */
enum machine_phase {
	MACHINE_BEGIN,
	MACHINE_VM,     /* KVM, buses, legacy devices */
	MACHINE_GROUPS, /* container and groups */
	MACHINE_PINNED, /* guest RAM allocated, pinned and mapped */
	MACHINE_DEVICES_OPEN,
	MACHINE_LOADED, /* boot image in RAM, vCPUs created */
	MACHINE_PHASES
};

struct machine {
	const struct machine_config *cfg; /* borrowed */
	struct platform plat;
	struct kvm_vm vm;
	struct kvm_irqs irqs;
	struct memory memory;
	struct sandbox sandbox;
	struct bus mmio;
	struct bus pio;
	struct pci_root root;
	struct legacy legacy;
	struct assign_env env;
	struct assign_host host;
	struct assign_dev dev[MACHINE_DEVICES];
	unsigned ndev;
	bool lost[MACHINE_DEVICES]; /* gone, and the user was told */
	unsigned nlost;
	int wanted; /* device that the host spoke of first; -1: none */
	struct vcpu vcpu[PLAT_MAX_CPUS];
	unsigned nvcpu;       /* created */
	pthread_mutex_t lock; /* buses, device models, devices */
	bool open;
	bool ran;    /* the guest was started */
	bool joined; /* and no vCPU runs any more */
	/* below: written once, by whoever is the first to stop the machine */
	int stop_fd; /* eventfd that wakes the event loop */
	int port80_fd;
	struct kvm_ring ring; /* output of COM2 and COM3 on its way */
	struct stop stop;
	char error[ERR_MAX]; /* with STOP_ERROR, STOP_DEVICE */
	bool stopping;       /* atomic: somebody was the first */
	uint64_t phase_ns[MACHINE_PHASES];
};

/**
 * machine_open - build a machine that is ready to run
 * @m:   uninitialised; stays where it is until machine_close(); closed on
 *       failure
 * @cfg: borrowed until machine_close(); its boot blobs only for this call
 *
 * Return: 0, or -errno with a message.
 */
int machine_open(struct machine *m, const struct machine_config *cfg)
	__attribute__((warn_unused_result));

/**
 * machine_run - run until the guest, the user, a signal or the clock ends it
 *
 * SIGINT, SIGTERM and SIGHUP must be blocked in the caller's thread.  On
 * return no vCPU runs, and the caller's thread is in the sandbox for good.
 * Return: why it stopped; STOP_ERROR, STOP_DEVICE: err_last() has the message.
 */
struct stop machine_run(struct machine *m);

/**
 * machine_exit_status - what the program exits with
 *
 * For after machine_run() or a failed machine_open(), and best after
 * machine_close(), which may notice that a device is gone.
 * Return: 0..255: stop_exit_status(), stop_lost_status().
 */
int machine_exit_status(const struct machine *m);

/**
 * machine_close - give everything back
 *
 * Goes on after a failure.  Harmless on a closed machine.
 * Return: 0, or the first -errno with a message.
 */
int machine_close(struct machine *m);

/**
 * machine_stop - ask the machine to stop; the first reason counts
 *
 * Context: any thread, with the lock or without: whoever has it may be waiting
 *          for somebody to read the guest's output.
 */
void machine_stop(struct machine *m, struct stop why);

/** machine_fail - stop with this thread's error message; likewise */
void machine_fail(struct machine *m);

/**
 * machine_give_up - likewise, for what became of a device: STOP_DEVICE
 *
 * Return: true when that is what stopped the machine.
 */
bool machine_give_up(struct machine *m);

/**
 * machine_drain - hand on the output that KVM kept; under the lock
 *
 * Before anything else is served, so that the order of accesses stays.
 */
void machine_drain(struct machine *m);

#endif
