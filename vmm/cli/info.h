/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `passthru info` tells of a function, and the three ways of telling it.
 * cmd_info.c finds the function; here nothing is opened.
 */
#ifndef VMM_CLI_INFO_H
#define VMM_CLI_INFO_H

#include <stdio.h>

#include "vmm/assign/look.h"
#include "vmm/pci/policy.h"

#define INFO_SEGMENTS (4 * ASSIGN_WINDOWS)

/* A part of a BAR, and how the guest's access gets there */
struct info_segment {
	struct range part; /* in the region */
	const char *why;   /* it is trapped; NULL: a memory slot shows it */
};

struct info_bar {
	struct pci_bar bar;
	uint64_t gpa; /* of its start: the first address that a guest finds */
	struct info_segment seg[INFO_SEGMENTS];
	unsigned nseg;
};

struct info {
	const struct assign_look *look; /* borrowed */
	struct info_bar bar[PCI_BARS];
};

/**
 * info_fill - place the BARs as a run would
 * @look: borrowed, as long as @i is used; its BARs get addresses
 * @free: taken from
 *
 * Return: 0, or -ENOSPC with a message.
 */
int info_fill(struct info *i, struct assign_look *look,
	      struct pci_windows *free) __attribute__((warn_unused_result));

/** info_text - regions, interrupts and capabilities, in lines */
void info_text(const struct info *i, FILE *f);

/** info_picture - the ways of accesses and interrupts; UTF-8, 80 columns */
void info_picture(const struct info *i, FILE *f);

/** info_json - an array of @n objects, with the names of docs/info.md */
void info_json(const struct info *i, unsigned n, FILE *f);

/* Between them */

/** info_kind - "memory, 64-bit, prefetchable" */
const char *info_kind(const struct pci_bar *b);

/** info_rule - "watched", "ours", "bits read 0", "bits read 1", "hidden" */
const char *info_rule(enum pci_rule_kind kind);

#endif
