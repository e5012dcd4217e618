/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device's GSIs in KVM's table, which is everybody's: each change is made
 * under the machine's lock, and told.  When one is to be made, irqs.c decides.
 */
#include "base/breaks.h"
#include "base/err.h"
#include "base/tell.h"
#include "vmm/assign/assign.h"

static void say(const struct assign_dev *d, const char *what, const char *from,
		int gsi, int rc)
{
	tell_say(TELL_IRQ, what, " %s%s%s gsi=%d -> %s", d->vfio.name,
		 *from ? " from=" : "", from, gsi, rc < 0 ? err_name(rc) : "0");
}

int assign_gsi_route(struct assign_dev *d, int gsi, struct kvm_irq_msi msi)
{
	int rc;

	assign_share(d);
	rc = kvm_irq_route_msi(d->env->irqs, gsi, msi);
	assign_unshare(d);
	if (rc >= 0)
		tell_say(TELL_IRQ, "ROUTE", " %s gsi=%d addr=0x%llx data=0x%x",
			 d->vfio.name, rc, (unsigned long long)msi.addr,
			 msi.data);
	return rc;
}

int assign_gsi_drop(struct assign_dev *d, int gsi)
{
	int rc;

	assign_share(d);
	rc = kvm_irq_route_drop(d->env->irqs, gsi);
	assign_unshare(d);
	say(d, "UNROUTE", "", gsi, rc);
	return rc;
}

/* The one after it for --break wrong-gsi */
static int wired(const struct assign_dev *d, int gsi)
{
	return breaks_has(d->env->breaks, BREAK_WRONG_GSI) ? gsi + 1 : gsi;
}

int assign_gsi_attach(struct assign_dev *d, int gsi, int eventfd, int eoi_fd)
{
	int rc;

	assign_share(d);
	rc = kvm_irq_attach(d->env->irqs, wired(d, gsi), eventfd, eoi_fd);
	assign_unshare(d);
	say(d, "ATTACH", tell_fd_name(eventfd), gsi, rc);
	return rc;
}

int assign_gsi_detach(struct assign_dev *d, int gsi, int eventfd)
{
	int rc;

	assign_share(d);
	rc = kvm_irq_detach(d->env->irqs, wired(d, gsi), eventfd);
	assign_unshare(d);
	say(d, "DETACH", tell_fd_name(eventfd), gsi, rc);
	return rc;
}
