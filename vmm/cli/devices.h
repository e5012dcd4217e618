/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What --device takes: the kinds of device there are, one row of a table for
 * each, and where in the guest each of them goes.
 *
 * Knows what is well formed; whether such a device or socket exists is found
 * out by those who open it.
 */
#ifndef VMM_CLI_DEVICES_H
#define VMM_CLI_DEVICES_H

struct opts_device;
struct run_opts;

/**
 * devices_add - one --device, behind those that are there
 * @text: NAME or NAME,at=SLOT.FN; the last ",at=" counts, for a path may have
 *        one too
 *
 * The embedded NIC brings two functions, which are two devices.
 *
 * Return: 0, or -EINVAL with a message that names value and cure.
 */
int devices_add(struct run_opts *o, const char *text)
	__attribute__((warn_unused_result));

/**
 * devices_place - once all are there: check their places, choose the others'
 *
 * Return: 0, or -EINVAL with a message.
 */
int devices_place(struct run_opts *o) __attribute__((warn_unused_result));

/** devices_path - the socket's path in the name of an OPTS_SOCKET */
const char *devices_path(const struct opts_device *d);

#endif
