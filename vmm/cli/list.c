/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gathering the devices and printing them; see list.h.
 *
 * The table shows up to two others of a group beside the device; more go on
 * lines of their own, so that no line is cut and none is too long.
 */
#include "vmm/cli/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/jsonout.h"

#define NAME_COLS   37 /* of the table's 100, with others beside it */
#define WIDE_COLS   54 /* without */
#define INLINE_MAX  2  /* others shown beside the device */
#define OTHERS_LINE 9  /* others on a line of their own */

int list_init(struct list *l, const struct sysfs *s, const char *ids)
{
	int rc;

	memset(l, 0, sizeof(*l));
	rc = sysfs_dev_list(s, &l->dev, &l->n);
	if (rc < 0)
		return rc;
	l->name = calloc(l->n + 1, sizeof(*l->name));
	if (!l->name) {
		list_fini(l);
		return err_call(ENOMEM, "device names", "calloc", NULL);
	}
	for (size_t i = 0; i < l->n; i++) {
		l->name[i].vendor = l->dev[i].vendor;
		l->name[i].device = l->dev[i].device;
	}
	pciids_lookup(ids, l->name, l->n);
	return 0;
}

void list_fini(struct list *l)
{
	free(l->dev);
	free(l->name);
	memset(l, 0, sizeof(*l));
}

/* Index of the next device from @from on that shares @i's group; or l->n */
static size_t next_other(const struct list *l, size_t i, size_t from)
{
	if (l->dev[i].group == SYSFS_NO_GROUP)
		return l->n;
	while (from < l->n &&
	       (from == i || l->dev[from].group != l->dev[i].group))
		from++;
	return from;
}

static size_t count_others(const struct list *l, size_t i)
{
	size_t n = 0;

	for (size_t k = next_other(l, i, 0); k < l->n;
	     k = next_other(l, i, k + 1))
		n++;
	return n;
}

/* ---- table ---- */

/* How much of a vendor's name tells it: "Intel Corporation" -> "Intel" */
static int vendor_len(const char *vendor)
{
	static const char *const tails[] = {" Corporation", " Corp.", ", Inc",
					    " Inc.",        " Co.",   ", Ltd"};
	size_t len = strlen(vendor);

	for (size_t i = 0; i < ARRAY_SIZE(tails); i++) {
		const char *tail = strstr(vendor, tails[i]);

		if (tail && (size_t)(tail - vendor) < len)
			len = (size_t)(tail - vendor);
	}
	return (int)len;
}

/* Vendor and device in @cols columns; what a terminal might obey becomes '?' */
static void table_name(const struct pciids_name *name, int cols, char *buf,
		       size_t cap)
{
	int width = 0;
	size_t n;

	snprintf(buf, cap, "%.*s %s", vendor_len(name->vendor_name),
		 name->vendor_name, name->device_name);
	for (n = 0; buf[n]; n++) {
		if ((unsigned char)buf[n] < ' ' || buf[n] == 0x7f)
			buf[n] = '?';
		width += (buf[n] & 0xc0) != 0x80; /* UTF-8: not a follower */
		if (width > cols)
			break;
	}
	while (n && buf[n - 1] == ' ')
		n--;
	buf[n] = '\0';
}

/* Without the domain where it is the usual one */
static const char *short_bdf(struct pci_addr a, char buf[BDF_STRLEN])
{
	return bdf_format(a, buf) + (a.domain ? 0 : strlen("0000:"));
}

static void table_others(const struct list *l, size_t i, FILE *f)
{
	size_t n = count_others(l, i), k = next_other(l, i, 0), col = 0;
	char bdf[BDF_STRLEN];

	for (; k < l->n; k = next_other(l, i, k + 1), col++) {
		if (n > INLINE_MAX && col % OTHERS_LINE == 0)
			fputs(col ? "\n                   " : "\n  with:     ",
			      f);
		fprintf(f, "%s%s", col || n > INLINE_MAX ? " " : "",
			short_bdf(l->dev[k].addr, bdf));
	}
}

static void table_row(const struct list *l, size_t i, FILE *f)
{
	const struct sysfs_dev *d = &l->dev[i];
	char bdf[BDF_STRLEN], group[16] = "-", name[2 * PCIIDS_NAME_MAX + 2];
	size_t others = count_others(l, i);
	int cols = others && others <= INLINE_MAX ? NAME_COLS : WIDE_COLS;
	int pad = 0;

	if (d->group != SYSFS_NO_GROUP)
		snprintf(group, sizeof(group), "%u", d->group);
	table_name(&l->name[i], cols, name, sizeof(name));
	fprintf(f, "%-12s  %04x:%04x  %-12s  %5s  %s", bdf_format(d->addr, bdf),
		d->vendor, d->device, d->driver[0] ? d->driver : "-", group,
		name);
	if (others && others <= INLINE_MAX) {
		for (const char *p = name; *p; p++)
			pad += (*p & 0xc0) != 0x80;
		fprintf(f, "%*s", cols + 2 - pad, "");
	}
	table_others(l, i, f);
	fputc('\n', f);
}

void list_table(const struct list *l, FILE *f)
{
	fprintf(f, "%-12s  %-9s  %-12s  %5s  %-*s  %s\n", "DEVICE", "ID",
		"DRIVER", "GROUP", NAME_COLS, "NAME", "GROUP'S OTHERS");
	for (size_t i = 0; i < l->n; i++)
		table_row(l, i, f);
}

/* ---- JSON ---- */

void list_json_string(const char *text, FILE *f)
{
	jsonout_string(f, text);
}

static void json_key_string(const char *key, const char *text, FILE *f)
{
	fprintf(f, ", \"%s\": ", key);
	list_json_string(text, f);
}

static void json_group(const struct list *l, size_t i, FILE *f)
{
	char bdf[BDF_STRLEN];
	const char *comma = "";

	if (l->dev[i].group == SYSFS_NO_GROUP)
		fputs(", \"iommu_group\": null", f);
	else
		fprintf(f, ", \"iommu_group\": %u", l->dev[i].group);
	fputs(", \"group_others\": [", f);
	for (size_t k = next_other(l, i, 0); k < l->n;
	     k = next_other(l, i, k + 1)) {
		fprintf(f, "%s\"%s\"", comma, bdf_format(l->dev[k].addr, bdf));
		comma = ", ";
	}
	fputc(']', f);
}

static void json_object(const struct list *l, size_t i, FILE *f)
{
	const struct sysfs_dev *d = &l->dev[i];
	char bdf[BDF_STRLEN];

	fprintf(f,
		"{\"bdf\": \"%s\", \"vendor\": \"%04x\", \"device\": "
		"\"%04x\", \"class\": \"%06x\"",
		bdf_format(d->addr, bdf), d->vendor, d->device, d->class);
	json_key_string("vendor_name", l->name[i].vendor_name, f);
	json_key_string("device_name", l->name[i].device_name, f);
	if (d->driver[0])
		json_key_string("driver", d->driver, f);
	else
		fputs(", \"driver\": null", f);
	json_group(l, i, f);
	fputc('}', f);
}

void list_json(const struct list *l, FILE *f)
{
	fputc('[', f);
	for (size_t i = 0; i < l->n; i++) {
		fputs(i ? ",\n " : "\n ", f);
		json_object(l, i, f);
	}
	fputs("\n]\n", f);
}
