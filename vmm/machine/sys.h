/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls by which a thread gives up what it does not need: one thin
 * function each.
 *
 * Numbers and structures of Landlock are our own where the C library's headers
 * may be older than the kernel.
 */
#ifndef VMM_MACHINE_SYS_H
#define VMM_MACHINE_SYS_H

#include <linux/filter.h>
#include <stdint.h>

/**
 * machine_sys_no_new_privs - PR_SET_NO_NEW_PRIVS, for this thread
 *
 * Return: 0, or -errno (no message).
 * Source: Documentation/userspace-api/no_new_privs.rst.
 */
int machine_sys_no_new_privs(void) __attribute__((warn_unused_result));

/**
 * machine_sys_no_dump - PR_SET_DUMPABLE 0, for the process: no core file, and
 *                       no other process of this user reads its memory
 *
 * Return: 0, or -errno (no message).
 */
int machine_sys_no_dump(void) __attribute__((warn_unused_result));

/**
 * machine_sys_drop_caps - capset() to nothing: effective, permitted and
 *                         inheritable, of this thread
 *
 * Return: 0, or -errno (no message).
 * Source: capset(2).
 */
int machine_sys_drop_caps(void) __attribute__((warn_unused_result));

/**
 * machine_sys_seccomp - SECCOMP_SET_MODE_FILTER, for this thread
 * @f: copied by the kernel
 *
 * Return: 0, or -errno (no message); -EINVAL: a kernel without seccomp.
 * Source: Documentation/userspace-api/seccomp_filter.rst.
 */
int machine_sys_seccomp(const struct sock_fprog *f)
	__attribute__((warn_unused_result));

/**
 * machine_sys_landlock_abi - LANDLOCK_CREATE_RULESET_VERSION
 *
 * Return: 1 or more, or -errno (no message): -ENOSYS, -EOPNOTSUPP.
 * Source: Documentation/userspace-api/landlock.rst.
 */
int machine_sys_landlock_abi(void) __attribute__((warn_unused_result));

/**
 * machine_sys_landlock_create - a ruleset that handles @access
 * @access: LANDLOCK_ACCESS_FS_... that are refused: we have no rules
 *
 * Return: descriptor, or -errno (no message).
 */
int machine_sys_landlock_create(uint64_t access)
	__attribute__((warn_unused_result));

/**
 * machine_sys_landlock_restrict - from now on @ruleset_fd binds this thread
 *
 * Return: 0, or -errno (no message).
 */
int machine_sys_landlock_restrict(int ruleset_fd)
	__attribute__((warn_unused_result));

#endif
