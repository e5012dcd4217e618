/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and writing the PCI and IOMMU part of sysfs; see sysfs.h.
 *
 * Attributes are small text files and relations are symlinks whose last part
 * is the name that matters.  What cannot be read as it is documented is an
 * error that names the file; nothing is guessed.
 */
#include "vfio/sysfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "vfio/tell.h"

#define CLASS_HOST_BRIDGE 0x0600
#define CLASS_PCI_BRIDGE  0x0604

const char *sysfs_path(char buf[SYSFS_PATH_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, SYSFS_PATH_MAX, fmt, ap);
	va_end(ap);
	return buf;
}

static const char *dev_path(char buf[SYSFS_PATH_MAX], const struct sysfs *s,
			    struct pci_addr a, const char *leaf)
{
	char bdf[BDF_STRLEN];

	return sysfs_path(buf, "%s/bus/pci/devices/%s/%s", s->sys,
			  bdf_format(a, bdf), leaf);
}

/* It is not there, or is something else */
static bool absent(int err)
{
	return err == ENOENT || err == ENOTDIR || err == EINVAL;
}

int sysfs_link_name(const char *path, char buf[SYSFS_NAME_MAX])
{
	char target[SYSFS_PATH_MAX];
	const char *name;
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	buf[0] = '\0';
	if (n < 0)
		return absent(errno) ? 0
				     : err_call(errno, path, "readlink", NULL);
	target[n] = '\0';
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	if (strlen(name) >= SYSFS_NAME_MAX)
		return err_set(ENAMETOOLONG, "%s: \"%s\" is too long a name",
			       path, name);
	memcpy(buf, name, strlen(name) + 1);
	return 0;
}

bool sysfs_number(const char *text, int base, uint64_t max, uint64_t *val)
{
	char *end;

	/* strtoull takes "-1" and " 1" */
	if (!(base == 16 ? isxdigit((unsigned char)text[0])
			 : isdigit((unsigned char)text[0])))
		return false;
	errno = 0;
	*val = strtoull(text, &end, base);
	return !errno && !*end && *val <= max;
}

static int read_id(const struct sysfs *s, struct pci_addr a, const char *leaf,
		   uint64_t max, uint64_t *val)
{
	char path[SYSFS_PATH_MAX], text[SYSFS_NAME_MAX];
	ssize_t n =
		fd_read_text(dev_path(path, s, a, leaf), text, sizeof(text));

	if (n < 0)
		return err_call(EIO, path, "read", "see: passthru list");
	if (!sysfs_number(text, 16, max, val))
		return err_set(EIO, "%s: \"%s\" is not a number", path, text);
	return 0;
}

static int read_group(const struct sysfs *s, struct pci_addr a, uint32_t *group)
{
	char path[SYSFS_PATH_MAX], name[SYSFS_NAME_MAX];
	uint64_t val;
	int rc = sysfs_link_name(dev_path(path, s, a, "iommu_group"), name);

	*group = SYSFS_NO_GROUP;
	if (sysfs_number(name, 10, SYSFS_NO_GROUP - 1, &val))
		*group = (uint32_t)val;
	return rc;
}

/* The kernel prints "(null)" where nothing was ever written */
static int read_override(const struct sysfs *s, struct pci_addr a,
			 char buf[SYSFS_NAME_MAX])
{
	char path[SYSFS_PATH_MAX];
	ssize_t n = fd_read_text(dev_path(path, s, a, "driver_override"), buf,
				 SYSFS_NAME_MAX);

	if (n < 0 || strcmp(buf, "(null)") == 0)
		buf[0] = '\0';
	return n < 0 && !absent((int)-n) ? err_call((int)n, path, "read", NULL)
					 : 0;
}

/* Records are dropped for what is not there: so it must be known */
static int exists(const struct sysfs *s, struct pci_addr a)
{
	char path[SYSFS_PATH_MAX], bdf[BDF_STRLEN];

	if (!access(dev_path(path, s, a, ""), F_OK))
		return 0;
	if (!absent(errno))
		return err_call(errno, path, "access", NULL);
	return err_set(ENODEV,
		       "%s: no such PCI device in %s/bus/pci/devices "
		       "(see: passthru list)",
		       bdf_format(a, bdf), s->sys);
}

int sysfs_dev_read(const struct sysfs *s, struct pci_addr a,
		   struct sysfs_dev *d)
{
	char path[SYSFS_PATH_MAX];
	uint64_t vendor = 0, device = 0, class = 0;
	int rc;

	memset(d, 0, sizeof(*d));
	if ((rc = exists(s, a)) < 0 ||
	    (rc = read_id(s, a, "vendor", 0xffff, &vendor)) < 0 ||
	    (rc = read_id(s, a, "device", 0xffff, &device)) < 0 ||
	    (rc = read_id(s, a, "class", 0xffffff, &class)) < 0)
		return rc;
	d->addr = a;
	d->vendor = (uint16_t)vendor;
	d->device = (uint16_t)device;
	d->class = (uint32_t) class;
	if ((rc = read_group(s, a, &d->group)) < 0 ||
	    (rc = sysfs_link_name(dev_path(path, s, a, "driver"), d->driver)))
		return rc;
	return read_override(s, a, d->override);
}

bool sysfs_answers(const struct sysfs *s, struct pci_addr a)
{
	char path[SYSFS_PATH_MAX];
	unsigned char class[4];
	ssize_t n;
	int fd = open(dev_path(path, s, a, "config"), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return true;
	n = pread(fd, class, sizeof(class), PCI_CLASS_REVISION);
	close(fd);
	return n != sizeof(class) ||
	       memcmp(class, "\xff\xff\xff\xff", sizeof(class)) != 0;
}

bool sysfs_dev_is_bridge(const struct sysfs_dev *d)
{
	return d->class >> 8 == CLASS_PCI_BRIDGE ||
	       d->class >> 8 == CLASS_HOST_BRIDGE;
}

bool sysfs_dev_on_vfio(const struct sysfs_dev *d)
{
	return strcmp(d->driver, SYSFS_VFIO_PCI) == 0;
}

static int dev_cmp(const void *a, const void *b)
{
	const struct sysfs_dev *da = a, *db = b;

	return bdf_cmp(da->addr, db->addr);
}

/* Append the device called @name; a name that is no BDF is passed over */
static int list_add(const struct sysfs *s, const char *name,
		    struct sysfs_dev **v, size_t *n)
{
	struct sysfs_dev d, *grown;
	struct pci_addr a;

	if (!bdf_try(name, &a) || sysfs_dev_read(s, a, &d) < 0)
		return 0;
	grown = realloc(*v, (*n + 1) * sizeof(d));
	if (!grown)
		return err_call(ENOMEM, "device list", "realloc", NULL);
	*v = grown;
	(*v)[(*n)++] = d;
	return 0;
}

int sysfs_dev_list(const struct sysfs *s, struct sysfs_dev **v, size_t *n)
{
	char path[SYSFS_PATH_MAX];
	struct dirent *e;
	DIR *dir;
	int rc = 0;

	*v = NULL;
	*n = 0;
	dir = opendir(sysfs_path(path, "%s/bus/pci/devices", s->sys));
	if (!dir)
		return err_call(errno, path, "opendir",
				"is sysfs mounted, and is there a PCI bus?");
	while (!rc && (e = readdir(dir)))
		rc = list_add(s, e->d_name, v, n);
	closedir(dir);
	if (rc < 0) {
		free(*v);
		*v = NULL;
		*n = 0;
	} else if (*n) {
		qsort(*v, *n, sizeof(**v), dev_cmp);
	}
	return rc;
}

static int addr_cmp(const void *a, const void *b)
{
	const struct pci_addr *pa = a, *pb = b;

	return bdf_cmp(*pa, *pb);
}

int sysfs_group_members(const struct sysfs *s, uint32_t group,
			struct pci_addr v[SYSFS_GROUP_MAX], size_t *n)
{
	char path[SYSFS_PATH_MAX];
	struct dirent *e;
	struct pci_addr a;
	DIR *dir;

	*n = 0;
	dir = opendir(sysfs_path(path, "%s/kernel/iommu_groups/%u/devices",
				 s->sys, group));
	if (!dir)
		return err_call(errno == ENOENT ? ENODEV : errno, path,
				"opendir", NULL);
	while ((e = readdir(dir))) {
		if (!bdf_try(e->d_name, &a))
			continue;
		if (*n == SYSFS_GROUP_MAX) {
			closedir(dir);
			return err_set(E2BIG, "%s: more than %d devices", path,
				       SYSFS_GROUP_MAX);
		}
		v[(*n)++] = a;
	}
	closedir(dir);
	qsort(v, *n, sizeof(*v), addr_cmp);
	return 0;
}

void sysfs_group_type(const struct sysfs *s, uint32_t group,
		      char buf[SYSFS_NAME_MAX])
{
	char path[SYSFS_PATH_MAX];

	sysfs_path(path, "%s/kernel/iommu_groups/%u/type", s->sys, group);
	if (fd_read_text(path, buf, SYSFS_NAME_MAX) < 0)
		buf[0] = '\0';
}

static const char *const resv_names[] = {
	[SYSFS_RESV_DIRECT] = "direct",
	[SYSFS_RESV_DIRECT_RELAXED] = "direct-relaxable",
	[SYSFS_RESV_RESERVED] = "reserved",
	[SYSFS_RESV_MSI] = "msi",
	[SYSFS_RESV_OTHER] = "other",
};

const char *sysfs_resv_name(enum sysfs_resv_type type)
{
	return resv_names[type <= SYSFS_RESV_OTHER ? type : SYSFS_RESV_OTHER];
}

static enum sysfs_resv_type resv_type(const char *word)
{
	int t;

	for (t = SYSFS_RESV_DIRECT; t < SYSFS_RESV_OTHER; t++)
		if (strcmp(word, resv_names[t]) == 0)
			break;
	return (enum sysfs_resv_type)t;
}

/* One line: first and last address, inclusive, and a word for the type */
static bool resv_parse(const char *line, struct sysfs_resv *r)
{
	char first[24], last[24], word[24];
	uint64_t lo, hi;

	if (sscanf(line, "%23s %23s %23s", first, last, word) != 3 ||
	    !sysfs_number(first, 16, UINT64_MAX, &lo) ||
	    !sysfs_number(last, 16, UINT64_MAX, &hi) || hi < lo ||
	    hi - lo == UINT64_MAX)
		return false;
	r->iova = (struct range){.start = lo, .len = hi - lo + 1};
	r->type = resv_type(word);
	return true;
}

int sysfs_group_resv(const struct sysfs *s, uint32_t group,
		     struct sysfs_resv v[SYSFS_RESV_MAX], size_t *n)
{
	char path[SYSFS_PATH_MAX], text[8192], *save = NULL, *line;

	*n = 0;
	sysfs_path(path, "%s/kernel/iommu_groups/%u/reserved_regions", s->sys,
		   group);
	if (fd_read_text(path, text, sizeof(text)) < 0)
		return 0;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (*n == SYSFS_RESV_MAX)
			return err_set(E2BIG, "%s: more than %d regions", path,
				       SYSFS_RESV_MAX);
		if (!resv_parse(line, &v[*n]))
			return err_set(EIO, "%s: \"%s\" is no region", path,
				       line);
		(*n)++;
	}
	return 0;
}

bool sysfs_group_direct(const struct sysfs *s, uint32_t group,
			struct range *iova)
{
	struct sysfs_resv v[SYSFS_RESV_MAX];
	size_t n = 0;

	if (sysfs_group_resv(s, group, v, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (v[i].type == SYSFS_RESV_DIRECT) {
			*iova = v[i].iova;
			return true;
		}
	return false;
}

bool sysfs_have_driver(const struct sysfs *s, const char *name)
{
	char path[SYSFS_PATH_MAX];

	sysfs_path(path, "%s/bus/pci/drivers/%s", s->sys, name);
	return access(path, F_OK) == 0;
}

/* One write to one attribute; the message names the device and the file */
static int write_attr(const struct sysfs *s, struct pci_addr a,
		      const char *path, const char *text)
{
	char bdf[BDF_STRLEN];
	int rc = vfio_tell_write(s, path, text);

	if (rc < 0)
		return err_prefix(
			err_call(rc, path, "write",
				 rc == -EACCES || rc == -EPERM
					 ? "run it as root"
					 : "the kernel's log (dmesg) may say "
					   "why"),
			"%s", bdf_format(a, bdf));
	return 0;
}

int sysfs_write_override(const struct sysfs *s, struct pci_addr a,
			 const char *driver)
{
	char path[SYSFS_PATH_MAX], text[SYSFS_NAME_MAX + 1];

	snprintf(text, sizeof(text), "%s\n", driver);
	return write_attr(s, a, dev_path(path, s, a, "driver_override"), text);
}

int sysfs_unbind(const struct sysfs *s, struct pci_addr a)
{
	char path[SYSFS_PATH_MAX], name[SYSFS_NAME_MAX], bdf[BDF_STRLEN];
	int rc = sysfs_link_name(dev_path(path, s, a, "driver"), name);

	if (rc < 0 || !name[0])
		return rc;
	return write_attr(s, a, dev_path(path, s, a, "driver/unbind"),
			  bdf_format(a, bdf));
}

int sysfs_probe(const struct sysfs *s, struct pci_addr a)
{
	char path[SYSFS_PATH_MAX], bdf[BDF_STRLEN];

	return write_attr(s, a,
			  sysfs_path(path, "%s/bus/pci/drivers_probe", s->sys),
			  bdf_format(a, bdf));
}
