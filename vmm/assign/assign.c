/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a passed-through function; each step is in a file of its own. */
#include "vmm/assign/assign.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/first.h"
#include "base/log.h"

/* Some messages begin with it, those of the pure models do not. */
static void prefix_name(const struct assign_dev *d)
{
	const char *name = d->vfio.name;

	if (strncmp(err_last(), name, strlen(name)) != 0)
		err_prefix(0, "%s", name);
}

int assign_open(struct assign_dev *d, struct assign_env *env,
		struct vfio_container *container, const struct vfio_source *src,
		struct assign_place place)
{
	char why[ERR_MAX];
	int rc;

	*d = (struct assign_dev){
		.env = env,
		.slot = place.slot,
		.fn = place.fn,
		.opt.multifunction = place.multifunction,
	};
	assign_irqs_init(d);
	rc = vfio_device_open(&d->vfio, container, src);
	if (rc)
		return rc;
	rc = assign_config_attach(d);
	if (!rc)
		rc = assign_bars_open(d);
	if (rc) {
		prefix_name(d);
		/* the way back may fail, too, and say so */
		memcpy(why, err_last(), sizeof(why));
		assign_quiesce(d);
		assign_close(d);
		return err_set(rc, "%s", why);
	}
	assign_bars_sync(d);
	assign_irqs_sync(d);
	return 0;
}

int assign_quiesce(struct assign_dev *d)
{
	struct first first = {0};
	int rc;

	if (!vfio_device_is_open(&d->vfio))
		return 0;
	first_keep(&first, assign_irqs_off(d));
	rc = assign_config_bus_master_off(d);
	assign_bars_close(d);
	pci_msix_fini(&d->msix);
	first_keep(&first, rc);
	return first_result(&first);
}

void assign_close(struct assign_dev *d)
{
	vfio_device_close(&d->vfio);
}

#define WARNINGS_MAX 20

void assign_warn(struct assign_dev *d, const char *fmt, ...)
{
	char text[ERR_MAX];
	va_list ap;

	if (d->warnings >= WARNINGS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->warnings++;
	log_warn("%s: %s%s", d->vfio.name, text,
		 d->warnings == WARNINGS_MAX ? " (no more of these)" : "");
}
