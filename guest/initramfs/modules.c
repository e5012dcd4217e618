// SPDX-License-Identifier: BSD-2-Clause
/*
 * Loads kernel modules: a list, what the PCI devices here ask for, and what
 * drives that which appears behind them (disks, virtio functions).
 *
 * Reads the text files that depmod wrote (modules.alias, modules.dep); they
 * are short because the initramfs holds few modules, so searching them line
 * by line beats starting modprobe, which brings a cryptography library with
 * it.  Knows nothing of options files, soft dependencies or compression.
 */
#include "init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define BUS_DIR "/sys/bus"

/*
 * Disks and USB sticks are found a while after their controller's driver is
 * there.  Nobody here waits for them, so their drivers go in at once.
 */
static const struct {
	const char *controller, *module;
} behind[] = {
	{"pci:*bc01sc0[0-7]i*", "sd_mod"}, /* but NVMe, which is 08 */
	{"pci:*bc0Csc03i*", "usb_storage"},
	{"pci:*bc0Csc03i*", "sd_mod"},
};

struct moddb {
	char dir[PATH_MAX / 2]; /* /lib/modules/VERSION */
	char *alias;            /* modules.alias, lines split by NUL */
	size_t alias_len;
	char *dep; /* modules.dep, likewise */
	size_t dep_len;
	char *cmdline;
};

/* Turn a text of lines into one string after the other. */
static char *read_lines(const char *dir, const char *name, size_t *len)
{
	char path[PATH_MAX];
	char *buf;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	buf = read_file(path, len);
	if (!buf) {
		say("%s: %s", path, strerror(errno));
		*len = 0;
		return NULL;
	}
	for (size_t i = 0; i < *len; i++)
		if (buf[i] == '\n')
			buf[i] = '\0';
	return buf;
}

/* Module names: - and _ are the same; a name ends at '.' or the end. */
static bool same_name(const char *file, const char *name)
{
	for (; *name; file++, name++) {
		char a = *file == '-' ? '_' : *file;
		char b = *name == '-' ? '_' : *name;

		if (a != b)
			return false;
	}
	return *file == '.' || *file == '\0';
}

/* MODULE.NAME=VALUE words of the kernel's command line, as NAME=VALUE ... */
static void module_params(const struct moddb *db, const char *file, char *out,
			  size_t room)
{
	char *line = strdup(db->cmdline ? db->cmdline : "");
	char *rest = line, *w;
	size_t n = 0;

	out[0] = '\0';
	while (line && (w = strsep(&rest, " \n"))) {
		char *dot = strchr(w, '.');
		int k;

		if (!dot)
			continue;
		*dot = '\0';
		if (!same_name(file, w))
			continue;
		k = snprintf(out + n, room - n, "%s%s", n ? " " : "", dot + 1);
		if (k < 0 || (size_t)k >= room - n)
			break;
		n += (size_t)k;
	}
	free(line);
}

static void insert(const struct moddb *db, const char *rel)
{
	const char *file = strrchr(rel, '/');
	char path[PATH_MAX], params[1024];
	int fd;

	file = file ? file + 1 : rel;
	snprintf(path, sizeof(path), "%s/%s", db->dir, rel);
	module_params(db, file, params, sizeof(params));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 ||
	    (syscall(SYS_finit_module, fd, params, 0) && errno != EEXIST))
		say("module %s: %s", file, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* "FILE: DEP DEP": what must come first stands last. */
static void insert_line(const struct moddb *db, const char *line)
{
	char *copy = strdup(line);
	char *colon = copy ? strchr(copy, ':') : NULL;

	if (colon) {
		char *sp;

		while ((sp = strrchr(colon, ' '))) {
			*sp = '\0';
			if (sp[1])
				insert(db, sp + 1);
		}
		*colon = '\0';
		insert(db, copy);
	}
	free(copy);
}

static void load_name(const struct moddb *db, const char *name)
{
	const char *end = db->dep + db->dep_len;

	for (const char *l = db->dep; l < end; l += strlen(l) + 1) {
		const char *colon = strchr(l, ':');
		const char *file = l;

		for (const char *p = l; colon && p < colon; p++)
			if (*p == '/')
				file = p + 1;
		if (colon && same_name(file, name)) {
			insert_line(db, l);
			return;
		}
	}
	say("module %s: not in this initramfs", name);
}

static void load_behind(const struct moddb *db, const char *alias)
{
	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++)
		if (fnmatch(behind[i].controller, alias, 0) == 0)
			load_name(db, behind[i].module);
}

/* "alias PATTERN MODULE" */
static void load_alias(const struct moddb *db, const char *alias)
{
	const char *end = db->alias + db->alias_len;
	size_t bus = strcspn(alias, ":") + 1;
	char pattern[512], name[128];

	for (const char *l = db->alias; l < end; l += strlen(l) + 1) {
		/* cheap, and true of few */
		if (strncmp(l, "alias ", 6) != 0 ||
		    strncmp(l + 6, alias, bus) != 0)
			continue;
		if (sscanf(l, "alias %511s %127s", pattern, name) == 2 &&
		    fnmatch(pattern, alias, 0) == 0)
			load_name(db, name);
	}
}

static void load_devices(const struct moddb *db, const char *bus)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), BUS_DIR "/%s/devices", bus);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		char *alias;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), BUS_DIR "/%s/devices/%s/modalias",
			 bus, e->d_name);
		alias = read_file(path, NULL);
		if (alias) {
			alias[strcspn(alias, "\n")] = '\0';
			load_alias(db, alias);
			load_behind(db, alias);
		}
		free(alias);
	}
	if (d)
		closedir(d);
}

static void load_list(const struct moddb *db, const char *list)
{
	char *names = read_file(list, NULL);
	char *rest = names, *w;

	while (names && (w = strsep(&rest, "\n")))
		if (*w)
			load_name(db, w);
	free(names);
}

void modules_load(const char *list, bool devices)
{
	struct moddb db = {0};
	struct utsname u;

	if (uname(&u))
		return;
	snprintf(db.dir, sizeof(db.dir), "/lib/modules/%s", u.release);
	db.dep = read_lines(db.dir, "modules.dep", &db.dep_len);
	db.alias = read_lines(db.dir, "modules.alias", &db.alias_len);
	db.cmdline = read_file("/proc/cmdline", NULL);
	load_list(&db, list);
	if (devices) {
		load_devices(&db, "pci");
		load_devices(&db, "virtio");
	}
	free(db.dep);
	free(db.alias);
	free(db.cmdline);
}
