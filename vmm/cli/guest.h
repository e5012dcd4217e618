/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a run boots: files, command line, and the command for the guest.
 */
#ifndef VMM_CLI_GUEST_H
#define VMM_CLI_GUEST_H

#include "vmm/boot/boot.h"
#include "vmm/boot/cpio.h"
#include "vmm/cli/opts.h"

#define GUEST_PATH_MAX 4096

struct guest {
	char kernel_path[GUEST_PATH_MAX];
	char initrd_path[GUEST_PATH_MAX];
	void *kernel; /* owned, from malloc(3) */
	void *initrd;
	struct cpio extra; /* /passthru/cmd, /passthru/tty */
	char cmdline[BOOT_CMDLINE_MAX];
	struct boot_source source; /* points into the above */
};

/**
 * guest_load - find and read kernel and initrd, build the rest
 * @g:   uninitialised; on failure empty
 * @o:   borrowed
 * @tty: our standard input is a terminal: the guest's command gets one
 *
 * Without --kernel the project's own guest is looked for beside the program
 * (guest/), then in ../lib/passthru and in $PREFIX/lib/passthru.
 * Return: 0, or -errno with a message.
 */
int guest_load(struct guest *g, const struct run_opts *o, bool tty)
	__attribute__((warn_unused_result));

/** guest_free - free what guest_load() read; repeatable */
void guest_free(struct guest *g);

#endif
