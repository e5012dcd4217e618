/* SPDX-License-Identifier: BSD-2-Clause */
/* From a place in the guest to the device, and from there to its interface. */
#include "vmm/cli/hostmac.h"

#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/fd.h"

static const struct opts_device *find(const struct run_opts *o,
				      struct pci_addr at)
{
	for (unsigned i = 0; i < o->ndev; i++)
		if (o->dev[i].slot == at.dev && o->dev[i].fn == at.fn)
			return &o->dev[i];
	return NULL;
}

static int of_netdev(const struct sysfs *s, const char *name,
		     char mac[TABLE_MAC_LEN])
{
	char path[SYSFS_PATH_MAX];
	char text[TABLE_MAC_LEN + 1];
	ssize_t n;

	sysfs_path(path, "%s/class/net/%s/address", s->sys, name);
	n = fd_read_text(path, text, sizeof(text));
	if (n < 0)
		return err_call((int)n, path, "read",
				"write the MAC address in place of host");
	if (!table_mac_ok(text, mac))
		return err_set(EIO,
			       "%s: it holds no MAC address; write one in "
			       "place of host",
			       path);
	return 0;
}

static int of_device(const struct sysfs *s, const char *bdf,
		     char mac[TABLE_MAC_LEN])
{
	struct sysfs_names *names = malloc(sizeof(*names));
	struct pci_addr a;
	int rc;

	if (!names)
		return err_set(ENOMEM, "%s: no memory", bdf);
	rc = bdf_parse(bdf, &a);
	if (!rc)
		rc = sysfs_netdevs(s, a, names);
	if (!rc && names->n)
		rc = of_netdev(s, names->v[0], mac);
	else if (!rc)
		rc = err_set(ENODEV,
			     "%s has no network interface on this host now; "
			     "give it back to its driver (passthru restore "
			     "%s) and test with --managed, or write the MAC "
			     "address in place of host",
			     bdf, bdf);
	free(names);
	return rc;
}

static int fill(const struct sysfs *s, const struct run_opts *o,
		struct table_row *r)
{
	const struct opts_device *d = find(o, r->addr);

	if (!d)
		return err_set(EINVAL,
			       "the guest gets no device at %s; give one with "
			       "at=%02x.%u, or write the place of one that it "
			       "gets",
			       r->bdf, r->addr.dev, r->addr.fn);
	if (d->kind != OPTS_HOST)
		return err_set(EINVAL,
			       "%s is no device of this host; write the MAC "
			       "address in place of host",
			       d->name);
	return of_device(s, d->name, r->mac);
}

int hostmac_fill(const struct sysfs *s, const struct run_opts *o,
		 struct table *t)
{
	for (unsigned i = 0; i < t->n; i++) {
		int rc = t->row[i].host ? fill(s, o, &t->row[i]) : 0;

		if (rc)
			return err_prefix(rc, "%s:%u", t->file, t->row[i].line);
	}
	return 0;
}
