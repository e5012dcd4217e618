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

#define SSH_PORT        22
#define TCP_ESTABLISHED 1

/* One function and what is known of it; handed to every line */
struct look {
	const struct sysfs *s;
	char bdf[BDF_STRLEN];
	const struct sysfs_names *names;
	const struct ifaddrs *addrs;
};

/* 0: go on; negative: found, or failed, and the message is set */
typedef int (*line_fn)(const struct look *l, char *line);

/* Ask @fn about each line; a table that the kernel does not have is empty */
static int each_line(const struct look *l, const char *table, line_fn fn)
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

static int refuse(const struct look *l, const char *what, const char *cure)
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
	return refuse(l, what, "");
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
		return refuse(l, what, "");
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

	if ((rc = each_line(l, "net/route", route4_line)) < 0 ||
	    (rc = each_line(l, "net/ipv6_route", route6_line)) < 0)
		return rc;
	rc = l->s->if_addrs(l->s, &addrs);
	if (rc < 0)
		return err_call(rc, l->bdf, "getifaddrs",
				"use --force to bind without this check");
	l->addrs = addrs;
	rc = each_line(l, "net/tcp", tcp_line);
	if (!rc)
		rc = each_line(l, "net/tcp6", tcp_line);
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
		return refuse(&l, "too many network interfaces to check", "");
	return names.n ? check_net_tables(&l) : 0;
}

/* ---- disks ---- */

static int refuse_disk(const struct look *l, const char *name, const char *what,
		       const char *cure)
{
	char text[600];

	snprintf(text, sizeof(text), "disk /dev/%s is %s", name, what);
	return refuse(l, text, cure);
}

/* "/dev/NAME" as the kernel writes it where the name is one of ours */
static const char *dev_name(const struct look *l, const char *file)
{
	const char *name = file + strlen("/dev/");

	if (strncmp(file, "/dev/", strlen("/dev/")) != 0)
		return NULL;
	return sysfs_names_has(l->names, name) ? name : NULL;
}

/* The name whose /sys/class/block/NAME/dev is @devno, "259:1"; NULL: none */
static int devno_name(const struct look *l, const char *devno,
		      const char **name)
{
	char path[SYSFS_PATH_MAX], text[SYSFS_NAME_MAX];

	*name = NULL;
	for (size_t i = 0; !*name && i < l->names->n; i++) {
		ssize_t n;

		sysfs_path(path, "%s/class/block/%s/dev", l->s->sys,
			   l->names->v[i]);
		n = fd_read_text(path, text, sizeof(text));
		if (n < 0 && n != -ENOENT)
			return err_call((int)n, path, "read", NULL);
		if (n > 0 && strcmp(text, devno) == 0)
			*name = l->names->v[i];
	}
	return 0;
}

/* id parent major:minor root mountpoint options... - type source options */
static int mount_line(const struct look *l, char *line)
{
	char devno[32], where[256], source[256], what[280];
	const char *dash = strstr(line, " - "), *name;
	int rc;

	if (!dash || sscanf(line, "%*s %*s %31s %*s %255s", devno, where) != 2)
		return 0;
	rc = devno_name(l, devno, &name);
	if (rc < 0)
		return rc;
	if (!name && sscanf(dash, " - %*s %255s", source) == 1)
		name = dev_name(l, source);
	if (!name)
		return 0;
	snprintf(what, sizeof(what), "mounted on %s", where);
	return refuse_disk(l, name, what, "umount it first, or ");
}

/* Filename Type Size Used Priority */
static int swap_line(const struct look *l, char *line)
{
	char file[256];
	const char *name;

	if (sscanf(line, "%255s", file) != 1)
		return 0;
	name = dev_name(l, file);
	return name ? refuse_disk(l, name, "in use for swap",
				  "swapoff it first, or ")
		    : 0;
}

/* A file system of several devices has one device number of its own; btrfs
 * lists them, for as long as it is mounted, in /sys/fs/btrfs/UUID/devices */
static int check_btrfs(const struct look *l)
{
	char path[SYSFS_PATH_MAX];
	struct sysfs_names fs = {.n = 0};
	int rc = sysfs_names_in(sysfs_path(path, "%s/fs/btrfs", l->s->sys), "",
				&fs);

	for (size_t i = 0; !rc && i < fs.n * l->names->n; i++) {
		const char *name = l->names->v[i / fs.n];

		sysfs_path(path, "%s/fs/btrfs/%s/devices/%s", l->s->sys,
			   fs.v[i % fs.n], name);
		if (access(path, F_OK) == 0)
			rc = refuse_disk(l, name, "part of a mounted btrfs",
					 "umount it first, or ");
		else if (errno != ENOENT && errno != ENOTDIR)
			rc = err_call(errno, path, "access", NULL);
	}
	return rc;
}

/* nvme0c1n1 is one path to a disk that is called nvme0n1 */
static void add_nvme_head(struct sysfs_names *names, const char *name)
{
	static const char digits[] = "0123456789";
	char head[SYSFS_NAME_MAX];
	size_t subsys = strlen("nvme"), ctrl;

	if (strncmp(name, "nvme", subsys) != 0)
		return;
	subsys += strspn(name + subsys, digits);
	if (name[subsys] != 'c')
		return;
	ctrl = subsys + 1 + strspn(name + subsys + 1, digits);
	snprintf(head, sizeof(head), "%.*s%s", (int)subsys, name, name + ctrl);
	sysfs_names_add(names, head);
}

static int add_partitions(const struct sysfs *s, struct sysfs_names *names,
			  const char *disk)
{
	char path[SYSFS_PATH_MAX];
	struct sysfs_names parts = {.n = 0};
	int rc;

	sysfs_path(path, "%s/class/block/%s", s->sys, disk);
	rc = sysfs_names_in(path, "", &parts);
	for (size_t i = 0; !rc && i < parts.n; i++) {
		sysfs_path(path, "%s/class/block/%s/%s/partition", s->sys, disk,
			   parts.v[i]);
		if (access(path, F_OK) == 0)
			sysfs_names_add(names, parts.v[i]);
		else if (errno != ENOENT && errno != ENOTDIR)
			rc = err_call(errno, path, "access", NULL);
	}
	return rc;
}

/* Partitions and holders (dm, md): the list grows while it is walked */
static int add_holders(const struct sysfs *s, struct sysfs_names *names)
{
	char path[SYSFS_PATH_MAX], name[SYSFS_NAME_MAX];
	int rc = 0;

	for (size_t i = 0; !rc && i < names->n; i++) {
		memcpy(name, names->v[i], sizeof(name));
		add_nvme_head(names, name);
		rc = add_partitions(s, names, name);
		sysfs_path(path, "%s/class/block/%s/holders", s->sys, name);
		if (!rc)
			rc = sysfs_names_in(path, "", names);
	}
	return rc;
}

static int check_disks(const struct sysfs *s, struct pci_addr a)
{
	struct sysfs_names names;
	struct look l = {.s = s, .names = &names};
	int rc;

	bdf_format(a, l.bdf);
	if ((rc = sysfs_blocks(s, a, &names)) < 0 ||
	    (rc = add_holders(s, &names)) < 0)
		return rc;
	if (names.more)
		return refuse(&l, "too many disks to check", "");
	if (!names.n)
		return 0;
	rc = each_line(&l, "self/mountinfo", mount_line);
	if (!rc)
		rc = each_line(&l, "swaps", swap_line);
	return rc ? rc : check_btrfs(&l);
}

int inuse_check(const struct sysfs *s, struct pci_addr a)
{
	int rc = check_net(s, a);

	return rc ? rc : check_disks(s, a);
}

/* ---- VFIO ---- */

static int pid_holds(const struct sysfs *s, const char *pid, const char *file,
		     bool *found)
{
	char path[SYSFS_PATH_MAX], target[SYSFS_PATH_MAX];
	struct dirent *e;
	ssize_t n;
	DIR *dir = opendir(sysfs_path(path, "%s/%s/fd", s->proc, pid));

	*found = false;
	if (!dir) /* ended meanwhile, or somebody else's */
		return errno == ENOENT || errno == ESRCH || errno == EACCES
			       ? 0
			       : err_call(errno, path, "opendir", NULL);
	while (!*found && (e = readdir(dir))) {
		n = readlinkat(dirfd(dir), e->d_name, target,
			       sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		*found = strcmp(target, file) == 0;
	}
	closedir(dir);
	return 0;
}

int inuse_vfio_holder(const struct sysfs *s, uint32_t group, pid_t *pid)
{
	char file[SYSFS_NAME_MAX];
	struct dirent *e;
	DIR *dir = opendir(s->proc);
	bool found;
	int rc = 0;

	*pid = 0;
	if (!dir)
		return err_call(errno, s->proc, "opendir", NULL);
	snprintf(file, sizeof(file), "/dev/vfio/%u", group);
	while (!rc && !*pid && (e = readdir(dir))) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		rc = pid_holds(s, e->d_name, file, &found);
		if (!rc && found)
			*pid = (pid_t)strtol(e->d_name, NULL, 10);
	}
	closedir(dir);
	return rc;
}
