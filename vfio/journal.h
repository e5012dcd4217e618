/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a PCI function had before it was bound to vfio-pci, on disk.
 *
 * One small text file per function, /run/passthru/0000:02:00.0, replaced in
 * one step and closed by a checksum: a torn or foreign file is never taken
 * for a record.  Knows nothing of binding itself.
 *
 *   passthru-bind=1
 *   device=0000:02:00.0
 *   driver=e1000e          empty: it had none
 *   override=              driver_override, mostly empty
 *   up=enp2s0f0            one line for each interface that was up
 *   end=0123456789abcdef   64-bit FNV-1a of all bytes before this line
 */
#ifndef VFIO_JOURNAL_H
#define VFIO_JOURNAL_H

#include <stddef.h>

#include "vfio/bdf.h"
#include "vfio/sysfs.h"

struct journal_rec {
	struct pci_addr addr;
	char driver[SYSFS_NAME_MAX];
	char override[SYSFS_NAME_MAX];
	struct sysfs_names up;
};

/**
 * journal_lock - keep other passthru processes from the records
 * @create: make the directory (mode 0700) when it is missing
 * @fd:     set to a descriptor that holds the lock until fd_close(); -1 on
 *          failure
 *
 * What a writer that was killed has left beside the records is removed.
 *
 * Context: sleeps while another process has the lock.
 * Return: 0; -ENOENT (with a message) when there is no directory and not
 *         @create; -EPERM when it belongs to somebody else or others may
 *         write to it; or -errno of the call that the message names.
 */
int journal_lock(const struct sysfs *s, bool create, int *fd)
	__attribute__((warn_unused_result));

/**
 * journal_write - store a record, replacing an older one in one step
 *
 * On disk before it returns: file and directory are synced.  On failure the
 * older record is there, or none.
 *
 * Context: the caller holds the lock.
 * Return: 0; -EINVAL for a name with a control character or a slash; or
 *         -errno with a message that names the file.
 */
int journal_write(const struct sysfs *s, const struct journal_rec *rec)
	__attribute__((warn_unused_result));

/**
 * journal_read - read the record of a function
 * @rec: filled on success
 *
 * Return: 0; -ENOENT when there is none; -EBADMSG when the file is torn or
 *         not ours; or -errno.  All with a message.
 */
int journal_read(const struct sysfs *s, struct pci_addr a,
		 struct journal_rec *rec) __attribute__((warn_unused_result));

/** journal_drop - remove the record of a function; 0 (also: none) or -errno */
int journal_drop(const struct sysfs *s, struct pci_addr a)
	__attribute__((warn_unused_result));

/**
 * journal_list - the functions that have a record, sorted
 * @v: @cap entries
 * @n: number filled
 *
 * A file whose name is no address is passed over with a warning.
 *
 * Return: 0, also when there is no directory; -E2BIG; -errno of opendir(3).
 */
int journal_list(const struct sysfs *s, struct pci_addr *v, size_t cap,
		 size_t *n) __attribute__((warn_unused_result));

#endif
