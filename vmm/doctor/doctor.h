/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands between this host and a guest with a PCI device: a list of
 * findings, each with what to type.
 *
 * Looks and changes nothing; opens no device.  Where `run` and `bind` have a
 * rule of their own the same function is asked.  Knows no terminal:
 * cmd_doctor.c prints.
 */
#ifndef VMM_DOCTOR_DOCTOR_H
#define VMM_DOCTOR_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vfio/bdf.h"
#include "vfio/sysfs.h"

#define DOCTOR_HOST "host" /* a finding's subject when it is no device */

enum doctor_level {
	DOCTOR_OK,
	DOCTOR_WARNING, /* a guest will run, but know this */
	DOCTOR_FAIL,    /* it will not */
};

struct finding {
	enum doctor_level level;
	const char *id;           /* stable: docs/doctor-json.md has them all */
	char subject[BDF_STRLEN]; /* DOCTOR_HOST, or a BDF */
	char text[1024];          /* one line */
	char cure[512];           /* what to type or change; "": nothing */
};

struct doctor {
	const struct sysfs *s; /* borrowed */
	const char *modules;   /* directory with the kernel's modules.dep */
	bool root;             /* we are */
	uint64_t memory;       /* guest RAM, bytes */
	const struct pci_addr *dev; /* that were named; borrowed */
	size_t ndev;
	struct finding *v; /* owned */
	size_t n;
	size_t cap;
	bool full;                /* no memory for another one */
	char subject[BDF_STRLEN]; /* of what is found next */
};

/**
 * doctor_init - nothing found yet
 * @d:      filled
 * @s:      host; borrowed
 * @memory: bytes of RAM that the guest shall have; multiple of 2 MiB, 64 MiB or
 *          more
 */
void doctor_init(struct doctor *d, const struct sysfs *s, uint64_t memory);

/** doctor_fini - free the findings; repeatable */
void doctor_fini(struct doctor *d);

/**
 * doctor_examine - look at the host, then at each device
 * @a: @n devices, those of one guest; none: the groups that have a network card
 *     are listed in their place
 *
 * Return: 0, whatever was found; or -ENOMEM with a message when there is no
 *         memory for it.
 */
int doctor_examine(struct doctor *d, const struct pci_addr *a, size_t n)
	__attribute__((warn_unused_result));

/** doctor_count - how many findings have this level */
size_t doctor_count(const struct doctor *d, enum doctor_level level);

/** doctor_level_name - "ok", "warning" or "fail" */
const char *doctor_level_name(enum doctor_level level);

/**
 * doctor_check_kinds - refuse devices that no guest can be given
 * @a: @n devices
 *
 * For who is about to take them from the host: later they would be refused,
 * too.  What cannot be read is not refused here.
 * Return: 0, or -errno of pci_kind_check() with its message.
 */
int doctor_check_kinds(const struct sysfs *s, const struct pci_addr *a,
		       size_t n) __attribute__((warn_unused_result));

#endif
