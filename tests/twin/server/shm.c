/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that clients may map.
 *
 * Its file is sealed: a client that could make it shorter would kill us by the
 * next access.  Knows nothing of what lies there.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "tests/twin/server/server.h"

static int failed(const char *call)
{
	return err_call(errno, "--mmap", call, NULL);
}

static int sized(int fd, size_t len)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

	if (ftruncate(fd, (off_t)len))
		return failed("ftruncate");
	if (fcntl(fd, F_ADD_SEALS, seals))
		return failed("F_ADD_SEALS");
	return 0;
}

static int mapped(int fd, uint32_t **mem, size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return failed("mmap");
	*mem = p;
	return 0;
}

int vfu_shm_open(int *fd, uint32_t **mem, size_t len)
{
	int rc;

	*mem = NULL;
	*fd = memfd_create("bcm5720", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return failed("memfd_create");
	rc = sized(*fd, len);
	if (!rc)
		rc = mapped(*fd, mem, len);
	if (rc)
		fd_close(fd);
	return rc;
}

void vfu_shm_close(int *fd, uint32_t **mem, size_t len)
{
	if (*mem)
		munmap(*mem, len);
	*mem = NULL;
	fd_close(fd);
}
