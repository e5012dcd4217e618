/* SPDX-License-Identifier: BSD-2-Clause */
/* The wire's one ioctl. */
#ifndef TESTS_TWIN_WIRE_SYS_H
#define TESTS_TWIN_WIRE_SYS_H

/**
 * wire_sys_tunsetiff - TUNSETIFF: attach @fd to the TAP interface @name
 * @name: shorter than IFNAMSIZ
 *
 * The interface is made when there is none; frames come without any header.
 * Return: 0, or -errno; sets no message.
 * Source: Documentation/networking/tuntap.rst.
 */
int wire_sys_tunsetiff(int fd, const char *name);

#endif
