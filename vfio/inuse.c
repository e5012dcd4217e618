/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of the host uses a PCI function; see inuse.h.
 *
 * Each table of /proc is read line by line and each line is asked one
 * question: does it speak of one of these names?  The names are those below
 * the function and everything stacked on them.
 */
#include "vfio/inuse.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "vfio/look.h"

#define SSH_PORT        22
#define TCP_ESTABLISHED 1

/* The master of all ports of an Open vSwitch in the kernel.  Addresses and
 * routes are on other ports of it, which sysfs does not show above this one. */
#define OVS "ovs-system"

int look_each_line(const struct look *l, const char *table, line_fn fn)
{
	char path[SYSFS_PATH_MAX], *line = NULL;
	size_t cap = 0;
	FILE *f;
	int rc = 0;

	f = fopen(sysfs_path(path, "%s/%s", l->s->proc, table), "re");
	if (!f && errno == ENOENT)
		return 0;
	if (!f)
		return err_call(errno, path, "open",
				"use --force to bind without this check");
	while (!rc && getline(&line, &cap, f) >= 0)
		rc = fn(l, line);
	if (!rc && ferror(f))
		rc = err_call(EIO, path, "read",
			      "use --force to bind without this check");
	free(line);
	fclose(f);
	return rc;
}

int look_refuse(const struct look *l, const char *what, const char *cure)
{
	return err_set(EBUSY,
		       "%s: %s; taking it away would cut this host off from it "
		       "(%s--force to do it all the same)",
		       l->bdf, what, cure);
}

/* ---- network ---- */

static int refuse_route(const struct look *l, const char *ifname,
			const char *family)
{
	char what[160];

	snprintf(what, sizeof(what), "%s carries the default route (%s)",
		 ifname, family);
	return look_refuse(l, what, "");
}

/* A field of hexadecimal digits; all ones when it is none */
static uint64_t hex(const char *text)
{
	uint64_t val;

	return sysfs_number(text, 16, UINT32_MAX, &val) ? val : UINT64_MAX;
}

static bool route_live(const char *flags)
{
	return (hex(flags) & (RTF_UP | RTF_REJECT)) == RTF_UP;
}

/* Iface Destination Gateway Flags RefCnt Use Metric Mask ... */
static int route4_line(const struct look *l, char *line)
{
	char name[SYSFS_NAME_MAX], dest[16], flags[16], mask[16];

	if (sscanf(line, "%63s %15s %*s %15s %*s %*s %*s %15s", name, dest,
		   flags, mask) != 4)
		return 0;
	if (hex(dest) || hex(mask) || !route_live(flags) ||
	    !sysfs_names_has(l->names, name))
		return 0;
	return refuse_route(l, name, "IPv4");
}

/* destination, its length, source, its length, next hop, metric, reference
 * count, use count, flags, name: all hexadecimal */
static int route6_line(const struct look *l, char *line)
{
	char dest[40], len[8], flags[16], name[SYSFS_NAME_MAX];

	if (sscanf(line, "%39s %7s %*s %*s %*s %*s %*s %*s %15s %63s", dest,
		   len, flags, name) != 4)
		return 0;
	if (strspn(dest, "0") != strlen(dest) || strcmp(len, "00") != 0 ||
	    !route_live(flags) || !sysfs_names_has(l->names, name))
		return 0;
	return refuse_route(l, name, "IPv6");
}

/* ifa_name may be a label, "eth0:1" */
static bool addr_is_ours(const struct look *l, const struct ifaddrs *ifa)
{
	char name[SYSFS_NAME_MAX];

	snprintf(name, sizeof(name), "%s", ifa->ifa_name);
	name[strcspn(name, ":")] = '\0';
	return sysfs_names_has(l->names, name);
}

/* An IPv4 address as IPv6 sees it, so that there is one kind to compare */
static bool addr_as_v6(const struct sockaddr *sa, struct in6_addr *out)
{
	if (sa && sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		memset(out, 0, sizeof(*out));
		memset(&out->s6_addr[10], 0xff, 2);
		memcpy(&out->s6_addr[12], &in.sin_addr, 4);
		return true;
	}
	if (sa && sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		*out = in6.sin6_addr;
		return true;
	}
	return false;
}

/* Is @local an address of one of the names?  Then an SSH session is on it. */
static int ssh_check(const struct look *l, const struct in6_addr *local)
{
	struct in6_addr mine;
	char what[160];

	for (const struct ifaddrs *i = l->addrs; i; i = i->ifa_next) {
		if (!addr_as_v6(i->ifa_addr, &mine) ||
		    memcmp(&mine, local, sizeof(mine)) != 0 ||
		    !addr_is_ours(l, i))
			continue;
		snprintf(what, sizeof(what), "an SSH session comes in over %s",
			 i->ifa_name);
		return look_refuse(l, what, "");
	}
	return 0;
}

/* Printed as 32-bit words of network order bytes, each in host order */
static bool hex_words(const char *text, size_t n, struct in6_addr *out)
{
	char word[9] = "";
	uint64_t val;
	uint32_t be;

	if (strlen(text) != n * 8)
		return false;
	memset(out, 0, sizeof(*out));
	if (n == 1)
		memset(&out->s6_addr[10], 0xff, 2);
	for (size_t i = 0; i < n; i++) {
		memcpy(word, text + i * 8, 8);
		if (!sysfs_number(word, 16, UINT32_MAX, &val))
			return false;
		be = (uint32_t)val;
		memcpy(&out->s6_addr[16 - 4 * n + 4 * i], &be, 4);
	}
	return true;
}

/* sl local_address:port rem_address:port st ... */
static int tcp_line(const struct look *l, char *line)
{
	char addr[48], state[8], *port;
	struct in6_addr local;

	if (sscanf(line, "%*s %47s %*s %7s", addr, state) != 2)
		return 0;
	port = strchr(addr, ':');
	if (!port)
		return 0;
	*port++ = '\0';
	if (hex(port) != SSH_PORT || hex(state) != TCP_ESTABLISHED ||
	    !hex_words(addr, strlen(addr) > 8 ? 4 : 1, &local))
		return 0;
	return ssh_check(l, &local);
}

/* Bridges, bonds, VLANs: the list grows while it is walked */
static int add_uppers(const struct sysfs *s, struct sysfs_names *names)
{
	char path[SYSFS_PATH_MAX], master[SYSFS_NAME_MAX];
	int rc = 0;

	for (size_t i = 0; !rc && i < names->n; i++) {
		sysfs_path(path, "%s/class/net/%s", s->sys, names->v[i]);
		if ((rc = sysfs_names_in(path, "upper_", names)) < 0)
			break;
		sysfs_path(path, "%s/class/net/%s/master", s->sys, names->v[i]);
		rc = sysfs_link_name(path, master);
		if (!rc && master[0])
			sysfs_names_add(names, master);
	}
	return rc;
}

static int check_net_tables(struct look *l)
{
	struct ifaddrs *addrs = NULL;
	int rc;

	if ((rc = look_each_line(l, "net/route", route4_line)) < 0 ||
	    (rc = look_each_line(l, "net/ipv6_route", route6_line)) < 0)
		return rc;
	rc = l->s->if_addrs(l->s, &addrs);
	if (rc < 0)
		return err_call(rc, l->bdf, "getifaddrs",
				"use --force to bind without this check");
	l->addrs = addrs;
	rc = look_each_line(l, "net/tcp", tcp_line);
	if (!rc)
		rc = look_each_line(l, "net/tcp6", tcp_line);
	l->s->if_addrs_free(l->s, addrs);
	return rc;
}

static int check_net(const struct sysfs *s, struct pci_addr a)
{
	struct sysfs_names names;
	struct look l = {.s = s, .names = &names};
	int rc;

	bdf_format(a, l.bdf);
	if ((rc = sysfs_netdevs(s, a, &names)) < 0 ||
	    (rc = add_uppers(s, &names)) < 0)
		return rc;
	if (names.more)
		return look_refuse(&l, "too many network interfaces to check",
				   "");
	if (sysfs_names_has(&names, OVS))
		return look_refuse(&l,
				   "an interface of it is a port of Open "
				   "vSwitch",
				   "ovs-vsctl del-port first, or ");
	return names.n ? check_net_tables(&l) : 0;
}

/* ---- virtual functions ---- */

/* They go when the driver of their physical function goes, whoever has them */
static int check_vfs(const struct sysfs *s, struct pci_addr a)
{
	char path[SYSFS_PATH_MAX], text[SYSFS_NAME_MAX], bdf[BDF_STRLEN];
	ssize_t n;
	uint64_t num;

	sysfs_path(path, "%s/bus/pci/devices/%s/sriov_numvfs", s->sys,
		   bdf_format(a, bdf));
	n = fd_read_text(path, text, sizeof(text));
	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return err_call((int)n, path, "read", NULL);
	if (!sysfs_number(text, 10, UINT16_MAX, &num) || num)
		return err_set(EBUSY,
			       "%s: has virtual functions (%s), which go when "
			       "its driver goes; type: echo 0 >%s (or --force; "
			       "they do not come back by themselves)",
			       bdf, text, path);
	return 0;
}

int inuse_check(const struct sysfs *s, struct pci_addr a)
{
	int rc = check_net(s, a);

	if (!rc)
		rc = inuse_disks(s, a);
	return rc ? rc : check_vfs(s, a);
}

/* ---- VFIO ---- */

/* The files by which a process may have a function: its group's, and those of
 * its own that iommufd's users open */
static int vfio_files(const struct sysfs *s, const struct sysfs_dev *d,
		      struct sysfs_names *files)
{
	char path[SYSFS_PATH_MAX], bdf[BDF_STRLEN], file[SYSFS_NAME_MAX];
	struct sysfs_names own = {.n = 0};
	int rc;

	files->n = 0;
	files->more = false;
	if (d->group != SYSFS_NO_GROUP) {
		snprintf(file, sizeof(file), "/dev/vfio/%u", d->group);
		sysfs_names_add(files, file);
	}
	sysfs_path(path, "%s/bus/pci/devices/%s/vfio-dev", s->sys,
		   bdf_format(d->addr, bdf));
	rc = sysfs_names_in(path, "", &own);
	for (size_t i = 0; !rc && i < own.n; i++) {
		snprintf(file, sizeof(file), "/dev/vfio/devices/%.40s",
			 own.v[i]);
		sysfs_names_add(files, file);
	}
	return rc;
}

/* Sets @h when process @pid has one of @files open */
static int pid_holds(const struct sysfs *s, const char *pid,
		     const struct sysfs_names *files, struct inuse_holder *h)
{
	char path[SYSFS_PATH_MAX], target[SYSFS_NAME_MAX];
	struct dirent *e;
	ssize_t n;
	DIR *dir = opendir(sysfs_path(path, "%s/%s/fd", s->proc, pid));

	if (!dir) /* ended meanwhile, or somebody else's */
		return errno == ENOENT || errno == ESRCH || errno == EACCES
			       ? 0
			       : err_call(errno, path, "opendir", NULL);
	while (!h->pid && (e = readdir(dir))) {
		n = readlinkat(dirfd(dir), e->d_name, target,
			       sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		if (!sysfs_names_has(files, target))
			continue;
		h->pid = (pid_t)strtol(pid, NULL, 10);
		memcpy(h->file, target, sizeof(h->file));
	}
	closedir(dir);
	return 0;
}

int inuse_vfio_holder(const struct sysfs *s, const struct sysfs_dev *d,
		      struct inuse_holder *h)
{
	struct sysfs_names files;
	struct dirent *e;
	DIR *dir;
	int rc = vfio_files(s, d, &files);

	memset(h, 0, sizeof(*h));
	if (rc < 0)
		return rc;
	dir = opendir(s->proc);
	if (!dir)
		return err_call(errno, s->proc, "opendir", NULL);
	while (!rc && !h->pid && (e = readdir(dir)))
		if (isdigit((unsigned char)e->d_name[0]))
			rc = pid_holds(s, e->d_name, &files, h);
	closedir(dir);
	return rc;
}
