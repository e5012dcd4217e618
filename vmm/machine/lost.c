/* SPDX-License-Identifier: BSD-2-Clause */
/* The back end knows that a device is gone, and why; this asks and tells. */
#include "vmm/machine/lost.h"

#include <poll.h>
#include <string.h>

#include "base/err.h"
#include "base/first.h"
#include "base/log.h"
#include "vmm/machine/machine.h"

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

bool lost_tell(struct machine *m, unsigned i)
{
	if (!ask(&m->dev[i]))
		return false;
	if (!m->ran || m->lost[i])
		return true;
	m->lost[i] = true;
	log_warn("%s; the guest has lost the device and reads all ones from it",
		 err_last());
	__atomic_add_fetch(&m->nlost, 1, __ATOMIC_RELEASE);
	return true;
}

int lost_excuse(struct machine *m, unsigned i, int rc)
{
	struct first error = {0};

	first_keep(&error, rc);
	if (rc && lost_tell(m, i) && strstr(error.text, err_last()))
		return 0;
	return first_result(&error);
}
