/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the device has, and access to its regions: by message, or by mmap(2) of
 * a file that the server sent.
 *
 * Descriptors of files stay here, by region.  What the numbers in the replies
 * are worth is the business of region.c and device.c, but for those that this
 * back end itself goes by: echoes, counts, and where a file ends.
 */
#include "vfio/user/user.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "vfio/device.h"
#include "vfio/region.h"

enum {
	BARS = VFIO_PCI_BAR5_REGION_INDEX + 1,
	CONFIG = VFIO_PCI_CONFIG_REGION_INDEX,
	CONFIG_BARS = 0x10, /* PCI: base address registers */
	BAR_IO = 1,         /* bit of one: I/O ports */
};

int user_info(struct vfio_device *d, struct vfio_device_info *info)
{
	struct vfio_user *u = d->priv;
	struct userwire_info i = {.argsz = sizeof(i)};
	struct user_req q = {.cmd = USERWIRE_GET_INFO,
			     .tx = {{&i, sizeof(i)}},
			     .rx = {{&i, sizeof(i)}},
			     .least = sizeof(i)};
	int rc = user_call(u, &q);

	info->flags = i.flags;
	info->num_regions = i.num_regions;
	info->num_irqs = i.num_irqs;
	return rc;
}

/*
 * By ERR and REQ a kernel ends the guest.  A server must not: it loses its own
 * device by closing the socket, and the guest has others.
 */
static bool beside_the_bus(uint32_t index)
{
	return index == VFIO_PCI_ERR_IRQ_INDEX ||
	       index == VFIO_PCI_REQ_IRQ_INDEX;
}

int user_irq_info(struct vfio_device *d, struct vfio_irq_info *info)
{
	struct vfio_user *u = d->priv;
	uint32_t index = info->index;
	struct userwire_irq i = {.argsz = sizeof(i), .index = index};
	struct user_req q = {.cmd = USERWIRE_IRQ_INFO,
			     .tx = {{&i, sizeof(i)}},
			     .rx = {{&i, sizeof(i)}},
			     .least = sizeof(i)};
	int rc = user_call(u, &q);

	if (!rc && i.index != index)
		rc = user_die(u, q.cmd, EPROTO, "about %u, not %u", i.index,
			      index);
	info->flags = i.flags;
	info->count = beside_the_bus(index) ? 0 : i.count;
	return rc;
}

/* ---- regions: what they are ------------------------------------------- */

/* One file, of a kind whose size is known?  Some servers send it once for each
 * area that can be mapped. */
static bool is_one_file(const struct user_req *q)
{
	struct stat first, st;

	if (!q->nin || fstat(q->in[0], &first) || !S_ISREG(first.st_mode))
		return false;
	for (unsigned i = 1; i < q->nin; i++)
		if (fstat(q->in[i], &st) || st.st_dev != first.st_dev ||
		    st.st_ino != first.st_ino)
			return false;
	return true;
}

/*
 * A file may come with each reply; the last one counts.  MMAP without one
 * means nothing, or that the capabilities did not fit; with what cannot be
 * checked, it is as if it could not be mapped.
 */
static int take_file(struct vfio_user *u, struct vfio_region_info *info,
		     const struct user_req *q)
{
	int *file = &u->region_fd[info->index];
	bool good = is_one_file(q);

	if (q->nin && !(info->flags & VFIO_REGION_INFO_FLAG_MMAP)) {
		user_sock_discard(q->in, q->nin);
		return user_die(u, USERWIRE_REGION_INFO, EPROTO,
				"a file for region %u, which has no MMAP flag",
				info->index);
	}
	fd_close(file);
	if (good)
		*file = q->in[0];
	else
		info->flags &= ~(uint32_t)VFIO_REGION_INFO_FLAG_MMAP;
	u->mappable |= good;
	user_sock_discard(q->in + good, q->nin - good);
	return 0;
}

int user_region_info(struct vfio_device *d, struct vfio_region_info *info,
		     uint32_t argsz)
{
	struct vfio_user *u = d->priv;
	uint32_t index = info->index;
	struct userwire_region ask = {.argsz = argsz, .index = index};
	struct user_req q = {.cmd = USERWIRE_REGION_INFO,
			     .tx = {{&ask, sizeof(ask)}},
			     .rx = {{info, argsz}},
			     .least = sizeof(*info),
			     .most_fds = USER_FDS};
	int rc;

	if (index >= ARRAY_SIZE(u->region_fd))
		return err_set(EINVAL, "%s: no region %u", u->name, index);
	rc = user_call(u, &q);
	if (!rc && info->index != index) {
		user_sock_discard(q.in, q.nin);
		return user_die(u, q.cmd, EPROTO, "about %u, not %u",
				info->index, index);
	}
	return rc ? rc : take_file(u, info, &q);
}

/* ---- regions: access -------------------------------------------------- */

/* One message; @a: what it is about.  Bytes, or -errno */
static ssize_t access_once(struct vfio_user *u, struct user_req *q,
			   const struct userwire_access *a)
{
	struct userwire_access echo = {0};
	size_t data;
	int rc;

	q->tx[0] = (struct iovec){(void *)a, sizeof(*a)};
	q->rx[0] = (struct iovec){&echo, sizeof(echo)};
	q->least = sizeof(echo);
	rc = user_call(u, q);
	if (rc)
		return rc;
	data = q->cmd == USERWIRE_REGION_READ ? echo.count : 0;
	if (echo.offset != a->offset || echo.region != a->region ||
	    echo.count > a->count || q->got != sizeof(echo) + data)
		return user_die(u, q->cmd, EPROTO,
				"about %u bytes of region %u at 0x%llx, with "
				"%zu",
				echo.count, echo.region,
				(unsigned long long)echo.offset,
				q->got - sizeof(echo));
	return echo.count;
}

ssize_t user_read(const struct vfio_device *d, const struct vfio_region *r,
		  uint64_t off, void *buf, size_t len)
{
	struct vfio_user *u = d->priv;
	size_t done = 0;

	while (done < len) {
		size_t n = min_u64(len - done, u->xfer_max);
		struct userwire_access a = {off + done, r->index, (uint32_t)n};
		struct user_req q = {.cmd = USERWIRE_REGION_READ,
				     .rx = {[1] = {(uint8_t *)buf + done, n}}};
		ssize_t rc = access_once(u, &q, &a);

		if (rc < 0)
			return rc;
		done += (size_t)rc;
		if ((size_t)rc < n)
			break;
	}
	return (ssize_t)done;
}

/*
 * A bus posts writes to memory, and so may we: a read later is behind them in
 * the socket.  But what the guest does in a mapping is not; so there each
 * write is done before the guest goes on.
 */
static bool posted(const struct vfio_user *u, uint32_t region)
{
	return region < BARS && !u->mappable && u->mem_bars >> region & 1;
}

static ssize_t write_once(struct vfio_user *u, const struct userwire_access *a,
			  const void *data)
{
	struct user_req q = {.cmd = USERWIRE_REGION_WRITE,
			     .tx = {{(void *)a, sizeof(*a)},
				    {(void *)data, a->count}}};
	int rc;

	if (!posted(u, a->region))
		return access_once(u, &q, a);
	rc = user_post(u, &q, user_until(u, q.cmd));
	return rc ? rc : (ssize_t)a->count;
}

ssize_t user_write(const struct vfio_device *d, const struct vfio_region *r,
		   uint64_t off, const void *buf, size_t len)
{
	struct vfio_user *u = d->priv;
	size_t done = 0;

	while (done < len) {
		size_t n = min_u64(len - done, u->xfer_max);
		struct userwire_access a = {off + done, r->index, (uint32_t)n};
		ssize_t rc = write_once(u, &a, (const uint8_t *)buf + done);

		if (rc < 0)
			return rc;
		done += (size_t)rc;
		if ((size_t)rc < n)
			break;
	}
	return (ssize_t)done;
}

void user_find_bars(struct vfio_user *u)
{
	const struct userwire_access a = {CONFIG_BARS, CONFIG, 4 * BARS};
	uint8_t reg[4 * BARS];
	struct user_req q = {.cmd = USERWIRE_REGION_READ,
			     .rx = {[1] = {reg, sizeof(reg)}}};

	if (access_once(u, &q, &a) != sizeof(reg))
		return;
	for (unsigned i = 0; i < BARS; i++)
		if (!(reg[4 * i] & BAR_IO))
			u->mem_bars |= 1u << i;
}

/* ---- regions: mapping ------------------------------------------------- */

/* Bytes behind the end of a file are there until they are touched: SIGBUS. */
static int check_file(const struct vfio_user *u, const struct vfio_region *r,
		      struct range part)
{
	struct range upto = {r->offset, range_end(part)};
	int fd = u->region_fd[r->index];
	struct stat st;

	if (fd < 0)
		return err_set(ENODEV, "%s: region %u has no file", u->name,
			       r->index);
	if (fstat(fd, &st))
		return err_call(errno, u->name, "fstat", NULL);
	if (range_in(upto, (struct range){0, (uint64_t)st.st_size}))
		return 0;
	return err_set(EINVAL,
		       "%s: region %u: mmap: EINVAL (the server's file has "
		       "0x%llx bytes, its mapping ends at 0x%llx); see the "
		       "server's log",
		       u->name, r->index, (unsigned long long)st.st_size,
		       (unsigned long long)range_end(upto));
}

static void note_mapped(struct vfio_user *u, uint32_t region, uint64_t end)
{
	if (end > atomic_load(&u->mapped_end[region]))
		atomic_store(&u->mapped_end[region], end);
}

/*
 * A file that was cut leaves mappings behind that fault: the guest's access
 * then fails in KVM, and who wonders why asks here.
 */
int user_check_files(struct vfio_user *u)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(u->region_fd); i++) {
		uint64_t end = atomic_load(&u->mapped_end[i]);
		struct stat st;

		if (!end || fstat(u->region_fd[i], &st) ||
		    (uint64_t)st.st_size >= end)
			continue;
		return user_die(u, 0, EPROTO,
				"the file of region %u was cut to 0x%llx "
				"bytes, and 0x%llx are mapped",
				i, (unsigned long long)st.st_size,
				(unsigned long long)end);
	}
	return 0;
}

void *user_mmap(const struct vfio_device *d, const struct vfio_region *r,
		struct range part, int prot)
{
	struct vfio_user *u = d->priv;
	int rc = check_file(u, r, part);
	void *p;

	if (rc) {
		errno = -rc;
		return NULL;
	}
	p = mmap(NULL, part.len, prot, MAP_SHARED, u->region_fd[r->index],
		 (off_t)(r->offset + part.start));
	if (p != MAP_FAILED) {
		note_mapped(u, r->index, r->offset + range_end(part));
		return p;
	}
	rc = errno;
	err_call(rc, u->name, "mmap", "see the server's log");
	errno = rc;
	return NULL;
}
