/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PC around the CPUs: serial ports, clock, power, panic and exit ports,
 * and the PCI root, each at its place on the buses.
 */
#ifndef VMM_MACHINE_LEGACY_H
#define VMM_MACHINE_LEGACY_H

#include <stdbool.h>

#include "kvm/irq.h"
#include "vmm/dev/bus.h"
#include "vmm/dev/exitport.h"
#include "vmm/dev/power.h"
#include "vmm/dev/pvpanic.h"
#include "vmm/dev/rtc.h"
#include "vmm/dev/serial.h"
#include "vmm/dev/stop.h"
#include "vmm/pci/root.h"

enum { LEGACY_COM1, LEGACY_COM2, LEGACY_COM3, LEGACY_COMS };
enum {
	LEGACY_RTC = LEGACY_COMS,
	LEGACY_EXIT,
	LEGACY_PVPANIC,
	LEGACY_PM1_EVT,
	LEGACY_PM1_CNT,
	LEGACY_KBD,
	LEGACY_PCI_PORTS,
	LEGACY_ECAM,
	LEGACY_CLIENTS
};

struct legacy;

/* One serial port and where its bytes go */
struct legacy_com {
	struct serial serial;
	struct legacy *legacy;
	int out_fd;       /* -1: thrown away */
	uint64_t out_max; /* bytes of a file; 0: any number */
	int gsi;          /* -1: no interrupt */
};

struct legacy {
	struct legacy_com com[LEGACY_COMS];
	struct rtc rtc;
	struct exitport exit;
	struct pvpanic pvpanic;
	struct power power;
	struct pci_root *root; /* borrowed */
	struct kvm_irqs *irqs; /* borrowed */
	int room_fd;           /* eventfd: a serial port takes input again */
	int quit_fd;           /* borrowed; readable: wait for no reader */
	struct bus_client client[LEGACY_CLIENTS];
};

struct legacy_config {
	struct bus *pio;
	struct bus *mmio;
	struct kvm_irqs *irqs;
	struct pci_root *root;
	int out_fd[LEGACY_COMS]; /* -1: thrown away */
	uint64_t out_max[LEGACY_COMS];
	int quit_fd; /* readable when the machine stops; -1: none */
	stop_fn *stop;
	void *stop_opaque;
};

/**
 * legacy_open - set up every device and claim its range
 * @l: uninitialised; stays where it is until legacy_close(); on failure closed
 *
 * Everything in @c is borrowed until then.
 * Return: 0, or -errno with a message.
 */
int legacy_open(struct legacy *l, const struct legacy_config *c)
	__attribute__((warn_unused_result));

/** legacy_close - release the descriptors; the buses go with the machine */
void legacy_close(struct legacy *l);

/**
 * legacy_output - @n one-byte writes to I/O port @port, in one piece
 *
 * Return: true when @port is the data register of a serial port; false when it
 *         is not and nothing was done.
 */
bool legacy_output(struct legacy *l, uint16_t port, const uint8_t *buf,
		   size_t n);

/** legacy_can_output - true when COM2 and COM3 have readers that wait for us */
bool legacy_can_output(const struct legacy *l);

#endif
