/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the host says of a device beside its interrupts: that it wants it back,
 * and that an error was reported.  Each is an eventfd that nobody but the
 * machine's event loop reads.
 */
#include <errno.h>
#include <linux/pci_regs.h>

#include "base/breaks.h"
#include "base/err.h"
#include "base/fd.h"
#include "vfio/irq.h"
#include "vfio/sys.h"
#include "vmm/assign/assign.h"

static const uint32_t vfio_index[ASSIGN_EVENTS] = {
	[ASSIGN_REQ] = VFIO_PCI_REQ_IRQ_INDEX,
	[ASSIGN_ERR] = VFIO_PCI_ERR_IRQ_INDEX,
};

static const char *const without[ASSIGN_EVENTS] = {
	[ASSIGN_REQ] = "taking it away from the guest waits for its end",
	[ASSIGN_ERR] = "its errors are not told",
};

void assign_events_init(struct assign_dev *d)
{
	for (unsigned e = 0; e < ASSIGN_EVENTS; e++)
		d->event_fd[e] = -1;
}

static int wire(struct assign_dev *d, unsigned e)
{
	int *fd = &d->event_fd[e];
	int rc = vfio_sys_eventfd();

	if (rc < 0)
		return err_call(rc, d->vfio.name, "eventfd",
				"raise the limit: ulimit -n 4096");
	*fd = rc;
	rc = vfio_irq_enable(&d->vfio, vfio_index[e], 0, fd, 1);
	if (rc > 0)
		rc = err_set(ENOSPC, "%s: VFIO_DEVICE_SET_IRQS: no %s",
			     d->vfio.name, vfio_irq_name(vfio_index[e]));
	if (rc)
		fd_close(fd);
	return rc;
}

static bool offered(const struct assign_dev *d, unsigned e)
{
	if (e == ASSIGN_REQ && breaks_has(d->env->breaks, BREAK_NO_REQUEST))
		return false;
	return d->vfio.irq[vfio_index[e]].count;
}

/* A guest can do without: only said. */
void assign_events_on(struct assign_dev *d)
{
	for (unsigned e = 0; e < ASSIGN_EVENTS; e++)
		if (offered(d, e) && wire(d, e))
			assign_warn(d, "%s: %s", without[e], err_last());
}

/* Closing the device unwires them, too: one failure is enough to know. */
int assign_events_off(struct assign_dev *d)
{
	int rc = 0;

	for (unsigned e = 0; e < ASSIGN_EVENTS; e++) {
		if (!rc && d->event_fd[e] >= 0)
			rc = vfio_irq_disable(&d->vfio, vfio_index[e]);
		fd_close(&d->event_fd[e]);
	}
	return d->lost ? 0 : rc;
}

int assign_event_fd(const struct assign_dev *d, enum assign_event e)
{
	return d->event_fd[e];
}

bool assign_aer_read(const struct assign_dev *d, struct pci_aer *a)
{
	unsigned at = d->cfg.aer;

	*a = (struct pci_aer){0};
	if (!at)
		return false;
	a->uncor = vfio_config_read(&d->vfio, at + PCI_ERR_UNCOR_STATUS, 4);
	a->cor = vfio_config_read(&d->vfio, at + PCI_ERR_COR_STATUS, 4);
	return a->uncor != UINT32_MAX || a->cor != UINT32_MAX;
}
