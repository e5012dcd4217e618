/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Row after row into libseccomp, and out comes a program, by way of a file in
 * memory: libseccomp 2.5 knows no other.  What is loaded in which thread is
 * not its business.
 */
#include "vmm/machine/filter.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

#define OFF      "or leave it off: --sandbox off"
#define PRIORITY 255 /* KVM_RUN is what is called most */

static int failed(int rc, const char *call)
{
	return err_call(rc, "sandbox", call, OFF);
}

static int add(scmp_filter_ctx ctx, const struct rule *r)
{
	uint64_t value = r->who == RULE_SELF ? (uint32_t)getpid() : r->value;
	const struct scmp_arg_cmp cmp =
		SCMP_CMP64(r->arg, SCMP_CMP_MASKED_EQ, r->mask, value);

	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, r->nr, r->mask != 0,
				      &cmp);
}

static int add_rows(scmp_filter_ctx ctx, enum sandbox_kind kind)
{
	size_t nrules;
	const struct rule *r = rules_all(&nrules);
	int rc = 0;

	for (size_t i = 0; !rc && i < nrules; i++, r++)
		if (r->kinds & 1U << kind)
			rc = add(ctx, r);
	return rc;
}

static int compile(scmp_filter_ctx ctx, enum sandbox_kind kind)
{
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
				  SCMP_ACT_KILL_PROCESS);

	if (!rc)
		rc = seccomp_syscall_priority(ctx, SCMP_SYS(ioctl), PRIORITY);
	if (!rc)
		rc = add_rows(ctx, kind);
	return rc ? failed(rc, "seccomp_rule_add") : 0;
}

static int read_program(struct sock_fprog *f, int fd)
{
	off_t len = lseek(fd, 0, SEEK_END);

	if (len <= 0 || len / (off_t)sizeof(*f->filter) > BPF_MAXINSNS)
		return failed(E2BIG, "seccomp_export_bpf");
	f->filter = malloc((size_t)len);
	if (!f->filter)
		return failed(ENOMEM, "malloc");
	if (pread(fd, f->filter, (size_t)len, 0) != len)
		return failed(EIO, "pread");
	f->len = (unsigned short)((size_t)len / sizeof(*f->filter));
	return 0;
}

static int export_program(struct sock_fprog *f, scmp_filter_ctx ctx)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	int rc;

	if (fd < 0)
		return failed(errno, "memfd_create");
	rc = seccomp_export_bpf(ctx, fd);
	rc = rc ? failed(rc, "seccomp_export_bpf") : read_program(f, fd);
	fd_close(&fd);
	return rc;
}

int filter_build(struct sock_fprog *f, enum sandbox_kind kind)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc;

	*f = (struct sock_fprog){0};
	if (!ctx)
		return failed(ENOMEM, "seccomp_init");
	rc = compile(ctx, kind);
	if (!rc)
		rc = export_program(f, ctx);
	seccomp_release(ctx);
	if (rc)
		filter_free(f);
	return rc;
}

void filter_free(struct sock_fprog *f)
{
	free(f->filter);
	*f = (struct sock_fprog){0};
}
