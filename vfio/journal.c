/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of what was bound; see journal.h for what a file looks like.
 *
 * The writer goes the long way (temporary file, fsync, rename, fsync of the
 * directory) because the reader may be a process that finds what a killed one
 * left.  The reader believes nothing before the checksum fits.
 */
#include "vfio/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"

#define JOURNAL_MAX  (20 * 1024) /* SYSFS_NAMES_MAX lines and some */
#define JOURNAL_HEAD "passthru-bind=1\n"
#define END_LEN      (sizeof("end=0123456789abcdef\n") - 1)

static const char *rec_path(char buf[SYSFS_PATH_MAX], const struct sysfs *s,
			    struct pci_addr a)
{
	char bdf[BDF_STRLEN];

	return sysfs_path(buf, "%s/%s", s->run, bdf_format(a, bdf));
}

/* Ours alone, or a record in it could be anybody's */
static int dir_check(const struct sysfs *s, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_call(errno, s->run, "fstat", NULL);
	if (st.st_uid != geteuid() || (st.st_mode & 022))
		return err_set(EPERM,
			       "%s: owner %u, mode %03o: must be ours alone to "
			       "write (chown root %s; chmod 700 %s)",
			       s->run, (unsigned)st.st_uid,
			       (unsigned)st.st_mode & 0777, s->run, s->run);
	return 0;
}

/* ".0000:02:00.0.tmp": of a writer that was killed, for who has the lock is
 * the only one there is */
static bool is_leftover(const char *name)
{
	const char *end = strrchr(name, '.');
	char bdf[BDF_STRLEN];
	struct pci_addr a;

	if (name[0] != '.' || end == name || strcmp(end, ".tmp") != 0 ||
	    (size_t)(end - name) > sizeof(bdf))
		return false;
	snprintf(bdf, sizeof(bdf), "%.*s", (int)(end - name - 1), name + 1);
	return bdf_try(bdf, &a);
}

static void sweep(const struct sysfs *s)
{
	char path[SYSFS_PATH_MAX];
	DIR *dir = opendir(s->run);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (is_leftover(e->d_name))
			unlink(sysfs_path(path, "%s/%s", s->run, e->d_name));
	if (dir)
		closedir(dir);
}

int journal_lock(const struct sysfs *s, bool create, int *fd)
{
	int rc;

	*fd = -1;
	if (create && mkdir(s->run, 0700) < 0 && errno != EEXIST)
		return err_call(errno, s->run, "mkdir",
				errno == EACCES ? "run it as root" : NULL);
	*fd = open(s->run, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0)
		return err_call(errno, s->run, "open",
				errno == EACCES ? "run it as root" : NULL);
	rc = dir_check(s, *fd);
	while (!rc && flock(*fd, LOCK_EX) < 0)
		if (errno != EINTR)
			rc = err_call(errno, s->run, "flock", NULL);
	if (rc < 0)
		fd_close(fd);
	else
		sweep(s);
	return rc;
}

static uint64_t fnv1a(const char *p, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	while (len--)
		h = (h ^ (uint8_t)*p++) * UINT64_C(0x100000001b3);
	return h;
}

static bool name_ok(const char *name)
{
	size_t len = strnlen(name, SYSFS_NAME_MAX);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == '/')
			return false;
	return len < SYSFS_NAME_MAX && strcmp(name, "..") != 0;
}

static bool rec_ok(const struct journal_rec *rec)
{
	for (size_t i = 0; i < rec->up.n; i++)
		if (!rec->up.v[i][0] || !name_ok(rec->up.v[i]))
			return false;
	return name_ok(rec->driver) && name_ok(rec->override);
}

/* The text of a record, with its end line; JOURNAL_MAX holds the longest */
static size_t rec_print(const struct journal_rec *rec, char buf[JOURNAL_MAX])
{
	char bdf[BDF_STRLEN];
	int n = snprintf(buf, JOURNAL_MAX,
			 JOURNAL_HEAD "device=%s\ndriver=%s\noverride=%s\n",
			 bdf_format(rec->addr, bdf), rec->driver,
			 rec->override);
	size_t len = (size_t)n;

	for (size_t i = 0; i < rec->up.n; i++)
		len += (size_t)snprintf(buf + len, JOURNAL_MAX - len, "up=%s\n",
					rec->up.v[i]);
	return len + (size_t)snprintf(buf + len, JOURNAL_MAX - len,
				      "end=%016" PRIx64 "\n", fnv1a(buf, len));
}

/* Write and sync @text as @tmp, then make it @path */
static int replace_file(const char *tmp, const char *path, const char *text,
			size_t len)
{
	int fd =
		open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		     0600);
	int rc;

	if (fd < 0)
		return err_call(errno, tmp, "open", NULL);
	rc = fd_write_all(fd, text, len);
	if (rc < 0)
		err_call(rc, tmp, "write", NULL);
	else if (fsync(fd) < 0)
		rc = err_call(errno, tmp, "fsync", NULL);
	else if (rename(tmp, path) < 0)
		rc = err_call(errno, path, "rename", NULL);
	fd_close(&fd);
	if (rc < 0)
		unlink(tmp);
	return rc;
}

static int sync_dir(const struct sysfs *s)
{
	int fd = open(s->run, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return err_call(errno, s->run, "open", NULL);
	if (fsync(fd) < 0)
		rc = err_call(errno, s->run, "fsync", NULL);
	fd_close(&fd);
	return rc;
}

int journal_write(const struct sysfs *s, const struct journal_rec *rec)
{
	char path[SYSFS_PATH_MAX], tmp[SYSFS_PATH_MAX], bdf[BDF_STRLEN];
	char text[JOURNAL_MAX] = "";
	int rc;

	if (!rec_ok(rec))
		return err_set(EINVAL, "%s: a name that cannot be recorded",
			       bdf_format(rec->addr, bdf));
	rec_path(path, s, rec->addr);
	sysfs_path(tmp, "%s/.%s.tmp", s->run, bdf_format(rec->addr, bdf));
	rc = replace_file(tmp, path, text, rec_print(rec, text));
	if (!rc && (rc = sync_dir(s)) < 0)
		unlink(path);
	return rc;
}

/* Is @text whole and ours?  Cuts the end line off when it is. */
static bool seal_ok(char *text, size_t len)
{
	char end[END_LEN + 1];
	size_t body;

	if (len < END_LEN || strlen(text) != len)
		return false;
	body = len - END_LEN;
	snprintf(end, sizeof(end), "end=%016" PRIx64 "\n", fnv1a(text, body));
	if (strcmp(text + body, end) != 0 ||
	    strncmp(text, JOURNAL_HEAD, sizeof(JOURNAL_HEAD) - 1) != 0)
		return false;
	text[body] = '\0';
	return true;
}

static bool take_name(char to[SYSFS_NAME_MAX], const char *val)
{
	size_t len = strlen(val);

	if (len >= SYSFS_NAME_MAX)
		return false;
	memcpy(to, val, len + 1);
	return true;
}

static bool take_line(struct journal_rec *rec, char *line)
{
	char *val = strchr(line, '=');

	if (!val)
		return false;
	*val++ = '\0';
	if (strcmp(line, "device") == 0)
		return bdf_try(val, &rec->addr);
	if (strcmp(line, "driver") == 0)
		return take_name(rec->driver, val);
	if (strcmp(line, "override") == 0)
		return take_name(rec->override, val);
	if (strcmp(line, "up") == 0) {
		sysfs_names_add(&rec->up, val);
		return !rec->up.more;
	}
	return false;
}

static bool rec_parse(char *text, size_t len, struct journal_rec *rec)
{
	char *save = NULL, *line;

	memset(rec, 0, sizeof(*rec));
	if (!seal_ok(text, len))
		return false;
	line = strtok_r(text + sizeof(JOURNAL_HEAD) - 1, "\n", &save);
	for (; line; line = strtok_r(NULL, "\n", &save))
		if (!take_line(rec, line))
			return false;
	return rec_ok(rec);
}

/*
 * Whole file, its last newline too.  Whatever cannot be a record is -EBADMSG,
 * without a message.
 */
static ssize_t read_file(const char *path, char buf[JOURNAL_MAX])
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	if (fd < 0 && errno == ELOOP)
		return -EBADMSG;
	if (fd < 0)
		return err_call(errno, path, "open",
				errno == EACCES ? "run it as root" : NULL);
	if (fstat(fd, &st) < 0)
		n = err_call(errno, path, "fstat", NULL);
	else if (!S_ISREG(st.st_mode) || st.st_size >= JOURNAL_MAX)
		n = -EBADMSG;
	else if ((n = read(fd, buf, JOURNAL_MAX - 1)) < 0)
		n = err_call(errno, path, "read", NULL);
	else
		buf[n] = '\0';
	fd_close(&fd);
	return n;
}

int journal_read(const struct sysfs *s, struct pci_addr a,
		 struct journal_rec *rec)
{
	char path[SYSFS_PATH_MAX], text[JOURNAL_MAX] = "";
	ssize_t n = read_file(rec_path(path, s, a), text);

	if (n < 0 && n != -EBADMSG)
		return (int)n;
	if (n < 0 || !rec_parse(text, (size_t)n, rec) || !bdf_eq(rec->addr, a))
		return err_set(EBADMSG,
			       "%s: damaged, or not written by passthru: not "
			       "used (look at it, remove it, and bind the "
			       "driver by hand)",
			       path);
	return 0;
}

int journal_drop(const struct sysfs *s, struct pci_addr a)
{
	char path[SYSFS_PATH_MAX];

	if (unlink(rec_path(path, s, a)) < 0 && errno != ENOENT)
		return err_call(errno, path, "unlink", NULL);
	return 0;
}

static int addr_cmp(const void *a, const void *b)
{
	const struct pci_addr *pa = a, *pb = b;

	return bdf_cmp(*pa, *pb);
}

int journal_list(const struct sysfs *s, struct pci_addr *v, size_t cap,
		 size_t *n)
{
	struct pci_addr a;
	struct dirent *e;
	DIR *dir = opendir(s->run);
	int rc = 0;

	*n = 0;
	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return err_call(errno, s->run, "opendir",
				errno == EACCES ? "run it as root" : NULL);
	while (!rc && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		if (!bdf_try(e->d_name, &a))
			log_warn("%s/%s: not a record of passthru: ignored",
				 s->run, e->d_name);
		else if (*n == cap)
			rc = err_set(E2BIG, "%s: too many records", s->run);
		else
			v[(*n)++] = a;
	}
	closedir(dir);
	qsort(v, *n, sizeof(*v), addr_cmp);
	return rc;
}
