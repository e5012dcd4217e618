/* SPDX-License-Identifier: BSD-2-Clause */
/* A short list; a client has a few files, however many pages of them. */
#include "tests/twin/server/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/bytes.h"

enum { PAGE = 4096 };

static struct vfu_file *find(const struct vfu_files *fs, const struct stat *st)
{
	struct vfu_file *f = fs->head;

	while (f && (f->dev != st->st_dev || f->ino != st->st_ino))
		f = f->next;
	return f;
}

/* A mapping of a file of huge pages is a multiple of them, st_blksize. */
static uint64_t mapped_len(const struct stat *st)
{
	uint64_t unit = (uint64_t)st->st_blksize;

	if (unit < PAGE || !is_pow2(unit))
		unit = PAGE;
	return align_up((uint64_t)st->st_size, unit);
}

/*
 * Map the whole of @fd anew: it has grown, or can be written to by now.  Never
 * less than before, since there are extents: if the client has cut the file
 * meanwhile, what is missing raises SIGBUS, see guard.h.
 */
static int map_whole(struct vfu_file *f, int fd, const struct stat *st,
		     bool writable)
{
	int prot = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	uint64_t len = max_u64(mapped_len(st), f->len);
	void *p = mmap(NULL, len, prot, MAP_SHARED | MAP_NORESERVE, fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	if (f->base)
		munmap(f->base, f->len);
	f->base = p;
	f->len = len;
	f->size = max_u64((uint64_t)st->st_size, f->size);
	f->writable = writable;
	return 0;
}

static int add(struct vfu_files *fs, int fd, const struct stat *st,
	       bool writable, struct vfu_file **file)
{
	struct vfu_file *f;
	int rc;

	if (fs->n == VFU_FILES)
		return -ENOSPC;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->dev = st->st_dev;
	f->ino = st->st_ino;
	rc = map_whole(f, fd, st, writable);
	if (rc) {
		free(f);
		return rc;
	}
	f->next = fs->head;
	fs->head = f;
	fs->n++;
	*file = f;
	return 0;
}

/* What may be done through @fd; an O_PATH descriptor can do nothing. */
static int access_of(int fd, bool write, bool *writable)
{
	int fl = fcntl(fd, F_GETFL);

	if (fl < 0)
		return -errno;
	*writable = (fl & O_ACCMODE) == O_RDWR;
	if ((fl & O_PATH) || (fl & O_ACCMODE) == O_WRONLY ||
	    (write && !*writable))
		return -EACCES;
	return 0;
}

static int get(struct vfu_files *fs, int fd, const struct stat *st,
	       bool writable, struct vfu_file **file)
{
	struct vfu_file *f = find(fs, st);

	if (!f)
		return add(fs, fd, st, writable, file);
	*file = f;
	if ((writable && !f->writable) || f->size < (uint64_t)st->st_size)
		return map_whole(f, fd, st, writable || f->writable);
	return 0;
}

int vfu_files_get(struct vfu_files *fs, int fd, struct range r, bool write,
		  struct vfu_file **file)
{
	bool writable = false;
	struct stat st;
	int rc;

	*file = NULL;
	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	if (!range_in(r, (struct range){0, (uint64_t)st.st_size}))
		return -EINVAL;
	rc = access_of(fd, write, &writable);
	if (rc)
		return rc;
	rc = get(fs, fd, &st, writable, file);
	if (rc == -EPERM && !write) /* sealed: open for writing, in vain */
		rc = get(fs, fd, &st, false, file);
	if (rc)
		*file = NULL;
	vfu_files_ref(*file);
	return rc;
}

void vfu_files_ref(struct vfu_file *file)
{
	if (file)
		file->refs++;
}

void vfu_files_put(struct vfu_files *fs, struct vfu_file *file)
{
	struct vfu_file **at = &fs->head;

	if (!file || --file->refs)
		return;
	while (*at != file)
		at = &(*at)->next;
	*at = file->next;
	fs->n--;
	munmap(file->base, file->len);
	free(file);
}
