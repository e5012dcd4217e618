/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The themes of the doctor, each in a file of its own, and how one says what it
 * found.  For the files of this directory.
 */
#ifndef VMM_DOCTOR_CHECK_H
#define VMM_DOCTOR_CHECK_H

#include "vmm/doctor/doctor.h"

/** check_cpu - virtualization, and KVM's node */
void check_cpu(struct doctor *d);

/** check_iommu - is it on, and does it keep interrupts apart? */
void check_iommu(struct doctor *d);

/** check_modules - vfio, its IOMMU driver, vfio-pci: loaded, loadable, missing
 */
void check_modules(struct doctor *d);

/** check_memory - what the guest's RAM takes */
void check_memory(struct doctor *d);

/** check_phys_bits - width of physical addresses, as cpuinfo has it; else 48 */
unsigned check_phys_bits(const struct doctor *d);

/** check_device - one function that was named, all about it */
void check_device(struct doctor *d, struct pci_addr a);

/** check_group - the IOMMU group of @dev: its members, its file, its RAM */
void check_group(struct doctor *d, const struct sysfs_dev *dev);

/** check_reset - how @dev gets from one guest to the next */
void check_reset(struct doctor *d, const struct sysfs_dev *dev);

/**
 * check_bars - sizes from sysfs, and what the guest reaches without an exit
 * @msix: register 4 of the MSI-X capability, which has the table's BAR; or all
 *        ones when there is none
 */
void check_bars(struct doctor *d, struct pci_addr a, uint32_t msix);

/** check_candidates - the groups that have a network card, a line for each */
void check_candidates(struct doctor *d);

/** check_subject - the device that is looked at from now on; NULL: the host */
void check_subject(struct doctor *d, const struct pci_addr *a);

/** check_say - one more finding; without a cure */
void check_say(struct doctor *d, enum doctor_level level, const char *id,
	       const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/** check_cure - what to type against the last one */
void check_cure(struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** check_error - one more finding, with err_last() as its text */
void check_error(struct doctor *d, enum doctor_level level, const char *id);

/**
 * check_attr - read a small file below sysfs without its newline
 * @fmt: of its path behind the root
 *
 * Return: false, and @buf is empty, when it cannot be read.
 */
bool check_attr(const struct doctor *d, char *buf, size_t cap, const char *fmt,
		...) __attribute__((format(printf, 4, 5)));

/** check_exists - is there such a file or directory below sysfs? */
bool check_exists(const struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * check_field - what follows "@key...:" in a table of /proc, cpuinfo or meminfo
 * @buf: the first such line's, without the space around; "" when there is none
 */
bool check_field(const struct doctor *d, const char *table, const char *key,
		 char *buf, size_t cap);

/** check_word - does @text, words with space between them, have @word? */
bool check_word(const char *text, const char *word);

/** check_named - is it one of the devices that were named? */
bool check_named(const struct doctor *d, struct pci_addr a);

#endif
