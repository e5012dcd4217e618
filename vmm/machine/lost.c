/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The back end knows that a device is gone, and why; the host says that it
 * wants one back, or that one has failed.  This asks and tells.
 */
#include "vmm/machine/lost.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/err.h"
#include "base/first.h"
#include "base/log.h"
#include "vmm/machine/machine.h"

static bool tells(const struct assign_dev *d)
{
	return assign_lost_fd(d) >= 0;
}

/* 0: it is there, or its back end never loses one; else -errno and why */
static int ask(const struct assign_dev *d)
{
	struct pollfd p = {assign_lost_fd(d), POLLIN, 0};

	if (p.fd < 0 || poll(&p, 1, 0) != 1)
		return 0;
	return vfio_device_check(&d->vfio);
}

int lost_before_start(const struct machine *m)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < m->ndev; i++)
		rc = ask(&m->dev[i]);
	return rc;
}

static void count(struct machine *m, unsigned i)
{
	m->lost[i] = true;
	__atomic_add_fetch(&m->nlost, 1, __ATOMIC_RELEASE);
}

bool lost_tell(struct machine *m, unsigned i)
{
	const struct assign_dev *d = &m->dev[i];

	if (!(tells(d) ? ask(d) : vfio_device_check(&d->vfio)))
		return false;
	if (!m->ran || m->lost[i])
		return true;
	log_warn("%s%s", err_last(),
		 tells(d) ? "; the guest has lost the device and reads all "
			    "ones from it"
			  : "");
	count(m, i);
	return true;
}

bool lost_look(struct machine *m, unsigned i)
{
	const struct assign_dev *d = &m->dev[i];

	if (!vfio_device_check(&d->vfio))
		return false;
	if (!tells(d) && machine_give_up(m))
		count(m, i);
	return true;
}

/* Of all devices: the kernel tells every function of a card of an error. */
static unsigned culprit(const struct machine *m, unsigned i)
{
	struct pci_aer a;

	for (unsigned k = 0; k < m->ndev; k++)
		if (assign_aer_read(&m->dev[k], &a) && a.uncor)
			return k;
	return i;
}

static void set_error(const struct assign_dev *d)
{
	char text[ERR_MAX / 2] = "the host has cleared its registers, and "
				 "says in dmesg what it was";
	struct pci_aer a;

	if (assign_aer_read(d, &a) && (a.uncor | a.cor))
		pci_aer_print(a, text, sizeof(text));
	err_set(EIO, "%s: PCI Express error: %s; the guest was stopped",
		d->vfio.name, text);
}

void lost_event(struct machine *m, unsigned i, enum assign_event e)
{
	const struct assign_dev *d = &m->dev[i];
	bool gone = vfio_device_check(&d->vfio);

	if (m->wanted < 0)
		m->wanted = (int)i;
	if (!gone && e == ASSIGN_ERR)
		set_error(&m->dev[culprit(m, i)]);
	else if (!gone)
		err_set(EIO,
			"%s: the host wants the device back (VFIO request "
			"interrupt); the guest was stopped",
			d->vfio.name);
	if (machine_give_up(m) && gone)
		count(m, i);
}

int lost_excuse(struct machine *m, unsigned i, int rc)
{
	struct first error = {0};

	first_keep(&error, rc);
	if (rc && lost_tell(m, i) && strstr(error.text, err_last()))
		return 0;
	return first_result(&error);
}
