/* SPDX-License-Identifier: BSD-2-Clause */
/* Container, device, configuration space; and the way back. */
#include "vmm/assign/look.h"

#include <string.h>

#include "base/err.h"
#include "base/log.h"

static int look(struct assign_look *l, const struct vfio_source *src)
{
	int kvm_fd = -1; /* there is no KVM that must be told */
	int rc = src->ops->container_open(&l->container);

	if (!rc)
		rc = src->ops->attach(l->container, src, &kvm_fd);
	if (!rc)
		rc = vfio_device_open(&l->dev.vfio, l->container, src);
	if (rc)
		return rc;
	rc = assign_config_look(&l->dev, l->raw);
	if (rc < 0) {
		if (strncmp(err_last(), l->dev.vfio.name,
			    strlen(l->dev.vfio.name)) != 0)
			err_prefix(0, "%s", l->dev.vfio.name);
		return rc;
	}
	l->size = (unsigned)rc;
	return 0;
}

int assign_look_open(struct assign_look *l, const struct vfio_source *src,
		     struct assign_place place)
{
	char why[ERR_MAX];
	int rc;

	*l = (struct assign_look){
		.dev = {.slot = place.slot,
			.fn = place.fn,
			.opt.multifunction = place.multifunction},
	};
	rc = look(l, src);
	if (!rc)
		return 0;
	memcpy(why, err_last(), strlen(err_last()) + 1);
	assign_look_close(l);
	return err_set(rc, "%s", why);
}

void assign_look_close(struct assign_look *l)
{
	const struct vfio_backend *ops =
		l->container ? l->container->ops : NULL;

	pci_msix_fini(&l->dev.msix);
	vfio_device_close(&l->dev.vfio);
	if (ops && ops->container_close(l->container))
		log_warn("%s", err_last());
	l->container = NULL;
}
