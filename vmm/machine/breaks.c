/* SPDX-License-Identifier: BSD-2-Clause */
/* The experiments of docs/lessons that a whole machine takes; else empty. */
#include "vmm/machine/breaks.h"

#ifdef LESSONS

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/breaks.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/log.h"
#include "vmm/machine/sys.h"

#define FILE_TO_OPEN "/etc/hostname"

static int hide_ram(struct machine *m)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < m->memory.ram.n; i++) {
		rc = kvm_mem_del(&m->vm, m->memory.slot[i]);
		m->memory.slot[i] = -1;
	}
	return rc;
}

/* With CAP_IPC_LOCK, which root has, the limit would count for nothing. */
static int short_memlock(void)
{
	const struct rlimit little = {MiB, MiB};
	int rc;

	if (setrlimit(RLIMIT_MEMLOCK, &little))
		return err_call(errno, "--break short-memlock", "setrlimit",
				NULL);
	rc = machine_sys_drop_caps();
	return rc ? err_call(rc, "--break short-memlock", "capset", NULL) : 0;
}

int breaks_before_map(struct machine *m)
{
	unsigned set = m->cfg->breaks;
	int rc = 0;

	if (breaks_has(set, BREAK_NO_RAM))
		rc = hide_ram(m);
	if (!rc && breaks_has(set, BREAK_SHORT_MEMLOCK))
		rc = short_memlock();
	return rc;
}

void breaks_in_sandbox(const struct machine *m)
{
	int fd;

	if (!breaks_has(m->cfg->breaks, BREAK_OPEN_FILE))
		return;
	fd = open(FILE_TO_OPEN, O_RDONLY | O_CLOEXEC);
	log_info("--break open-file: " FILE_TO_OPEN ": open: %s",
		 fd < 0 ? err_name(errno) : "done, nobody minds");
	if (fd >= 0)
		close(fd);
}

#endif
