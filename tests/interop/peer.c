/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device made with libvfio-user, for what none of its samples does: MSI-X
 * with more vectors than a message may carry, memory that it maps, DMA through
 * its own mapping and by messages.  peer.h says how it is driven.
 *
 *   peer SOCKET        serves one client after the other until killed
 *
 * Compiled by libvfio-user.sh against the tree it was given, with that tree's
 * headers; nothing of ours is in it, so that it cannot share an error with us.
 */
#include <err.h>
#include <errno.h>
#include <libvfio-user.h>
#include <pci_caps/msix.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "peer.h"

struct peer {
	vfu_ctx_t *vfu;
	union {
		uint8_t bytes[PEER_REGS_SIZE];
		struct peer_regs r;
	} bar0;
	uint8_t *bar2;
	uint32_t todo; /* a command that waits until the reply is out */
};

/* ---- DMA -------------------------------------------------------------- */

static void invert(uint8_t *p, size_t len)
{
	while (len--)
		*p++ ^= 0xff;
}

static int dma_mapped(struct peer *p, dma_sg_t *sg, size_t n)
{
	struct iovec iov[PEER_SEGMENTS];

	if (vfu_sgl_get(p->vfu, sg, iov, n, 0))
		return errno;
	for (size_t i = 0; i < n; i++)
		invert(iov[i].iov_base, iov[i].iov_len);
	vfu_sgl_put(p->vfu, sg, iov, n);
	return 0;
}

static int dma_messages(struct peer *p, dma_sg_t *sg, size_t len)
{
	uint8_t *buf = malloc(len);
	int rc = 0;

	if (!buf)
		return ENOMEM;
	if (vfu_sgl_read(p->vfu, sg, 1, buf))
		rc = errno;
	invert(buf, len);
	if (!rc && vfu_sgl_write(p->vfu, sg, 1, buf))
		rc = errno;
	free(buf);
	return rc;
}

/* Returns 0 or a positive errno. */
static int dma(struct peer *p, bool mapped)
{
	struct peer_regs *r = &p->bar0.r;
	dma_sg_t *sg = calloc(PEER_SEGMENTS, dma_sg_size());
	int n = vfu_addr_to_sgl(p->vfu, (vfu_dma_addr_t)r->iova, r->len, sg,
				mapped ? PEER_SEGMENTS : 1,
				PROT_READ | PROT_WRITE);
	int rc;

	if (n < 1)
		rc = n < 0 && errno ? errno : EFAULT;
	else
		rc = mapped ? dma_mapped(p, sg, (size_t)n)
			    : dma_messages(p, sg, r->len);
	free(sg);
	return rc;
}

static void carry_out(struct peer *p, uint32_t command)
{
	struct peer_regs *r = &p->bar0.r;

	switch (command & 0xff) {
	case PEER_DMA_MAPPED:
		r->status = (uint32_t)dma(p, true);
		break;
	case PEER_DMA_MESSAGES:
	case PEER_DMA_NOW:
		r->status = (uint32_t)dma(p, false);
		break;
	case PEER_RING:
		r->status = 0;
		break;
	case PEER_DIE:
		_exit(0);
	default:
		r->status = EINVAL;
	}
	if ((command & 0xff) != PEER_DMA_NOW)
		vfu_irq_trigger(p->vfu, command >> 8);
}

/* ---- what the library calls ------------------------------------------- */

static ssize_t bar0(vfu_ctx_t *vfu, char *buf, size_t count, loff_t at,
		    bool is_write)
{
	struct peer *p = vfu_get_private(vfu);

	if (!is_write) {
		memcpy(buf, p->bar0.bytes + at, count);
		return (ssize_t)count;
	}
	memcpy(p->bar0.bytes + at, buf, count);
	if (at == offsetof(struct peer_regs, command)) {
		if ((p->bar0.r.command & 0xff) == PEER_DMA_NOW)
			carry_out(p, p->bar0.r.command);
		else
			p->todo = p->bar0.r.command;
	}
	return (ssize_t)count;
}

static ssize_t bar2(vfu_ctx_t *vfu, char *buf, size_t count, loff_t at,
		    bool is_write)
{
	struct peer *p = vfu_get_private(vfu);

	if (is_write)
		memcpy(p->bar2 + at, buf, count);
	else
		memcpy(buf, p->bar2 + at, count);
	return (ssize_t)count;
}

static void dma_register(vfu_ctx_t *vfu, vfu_dma_info_t *info)
{
	struct peer *p = vfu_get_private(vfu);

	p->bar0.r.maps++;
	p->bar0.r.mapped += info->iova.iov_len;
}

static void dma_unregister(vfu_ctx_t *vfu, vfu_dma_info_t *info)
{
	struct peer *p = vfu_get_private(vfu);

	p->bar0.r.maps--;
	p->bar0.r.mapped -= info->iova.iov_len;
}

static int reset(vfu_ctx_t *vfu, vfu_reset_type_t type)
{
	struct peer *p = vfu_get_private(vfu);

	p->bar0.r.resets += type == VFU_RESET_DEVICE;
	p->todo = 0;
	return 0;
}

static void say(vfu_ctx_t *vfu, int level, const char *text)
{
	(void)vfu;
	(void)level;
	fprintf(stderr, "peer: %s\n", text);
}

/* ---- set-up ----------------------------------------------------------- */

static void must(int rc, const char *what)
{
	if (rc < 0)
		err(1, "%s", what);
}

static void regions(struct peer *p)
{
	struct iovec areas[] = {{(void *)PEER_AREA, PEER_AREA_SIZE}};
	int fd = memfd_create("peer", MFD_CLOEXEC);

	must(fd, "memfd_create");
	must(ftruncate(fd, PEER_MEMORY_SIZE), "ftruncate");
	p->bar2 = mmap(NULL, PEER_MEMORY_SIZE, PROT_READ | PROT_WRITE,
		       MAP_SHARED, fd, 0);
	must(p->bar2 == MAP_FAILED ? -1 : 0, "mmap");
	must(vfu_setup_region(
		     p->vfu, VFU_PCI_DEV_BAR0_REGION_IDX, PEER_REGS_SIZE, bar0,
		     VFU_REGION_FLAG_RW | VFU_REGION_FLAG_MEM, NULL, 0, -1, 0),
	     "BAR 0");
	must(vfu_setup_region(p->vfu, VFU_PCI_DEV_BAR2_REGION_IDX,
			      PEER_MEMORY_SIZE, bar2,
			      VFU_REGION_FLAG_RW | VFU_REGION_FLAG_MEM, areas,
			      1, fd, 0),
	     "BAR 2");
	/* As in servers of disks, MSI-X is not there but for its capability */
	must(vfu_setup_region(p->vfu, VFU_PCI_DEV_BAR4_REGION_IDX, 0x1000, NULL,
			      VFU_REGION_FLAG_RW | VFU_REGION_FLAG_MEM, NULL, 0,
			      -1, 0),
	     "BAR 4");
}

static void interrupts(struct peer *p)
{
	struct msixcap cap = {.hdr.id = PCI_CAP_ID_MSIX,
			      .mxc.ts = PEER_VECTORS - 1,
			      .mtab.tbir = 4,
			      .mpba = {.pbir = 4, .pbao = 0x800 >> 3}};

	must((int)vfu_pci_add_capability(p->vfu, 0, 0, &cap), "MSI-X");
	must(vfu_setup_device_nr_irqs(p->vfu, VFU_DEV_INTX_IRQ, 1), "INTx");
	must(vfu_setup_device_nr_irqs(p->vfu, VFU_DEV_MSIX_IRQ, PEER_VECTORS),
	     "MSI-X vectors");
}

static void set_up(struct peer *p, const char *path)
{
	p->vfu = vfu_create_ctx(VFU_TRANS_SOCK, path,
				LIBVFIO_USER_FLAG_ATTACH_NB, p,
				VFU_DEV_TYPE_PCI);
	must(p->vfu ? 0 : -1, path);
	must(vfu_setup_log(p->vfu, say, 3), "log");
	must(vfu_pci_init(p->vfu, VFU_PCI_TYPE_EXPRESS, PCI_HEADER_TYPE_NORMAL,
			  0),
	     "PCI");
	vfu_pci_set_id(p->vfu, PEER_VENDOR, PEER_DEVICE, 0, 0);
	vfu_pci_set_class(p->vfu, 0xff, 0, 0);
	regions(p);
	interrupts(p);
	must(vfu_setup_device_dma(p->vfu, dma_register, dma_unregister), "DMA");
	must(vfu_setup_device_reset_cb(p->vfu, reset), "reset");
	must(vfu_realize_ctx(p->vfu), "realize");
	p->bar0.r.magic = PEER_MAGIC;
}

/* A client that comes and goes again must not end us. */
static bool attach(struct peer *p)
{
	if (!vfu_attach_ctx(p->vfu))
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		warn("attach");
	return false;
}

static bool serve(struct peer *p)
{
	uint32_t todo;

	if (vfu_run_ctx(p->vfu) < 0 && errno != EINTR) {
		if (errno != ENOTCONN)
			warn("serve");
		return false;
	}
	todo = p->todo;
	p->todo = 0;
	if (todo)
		carry_out(p, todo);
	return true;
}

int main(int argc, char **argv)
{
	static struct peer p;
	bool attached = false;

	if (argc != 2)
		errx(2, "usage: peer SOCKET");
	set_up(&p, argv[1]);
	for (;;) {
		struct pollfd wait = {.fd = vfu_get_poll_fd(p.vfu),
				      .events = POLLIN};

		if (poll(&wait, 1, -1) < 0 && errno != EINTR)
			err(1, "poll");
		attached = attached ? serve(&p) : attach(&p);
	}
}
