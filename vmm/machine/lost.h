/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices that went away while the machine had them.
 *
 * Before the guest starts that is an error like any other.  Afterwards the
 * guest runs on without: its reads of the device give all ones, as those of a
 * card that was pulled out; the user is told once, and the exit status says so.
 * That is so where a back end tells of it.  What the host says of a device, and
 * what only shows when somebody looks, ends the guest: the host waits for us.
 *
 * Context: the main thread, but for lost_look().
 */
#ifndef VMM_MACHINE_LOST_H
#define VMM_MACHINE_LOST_H

#include <stdbool.h>

#include "vmm/assign/assign.h"

struct machine;

/**
 * lost_before_start - is one of the open devices gone?
 *
 * Return: 0, or -errno with a message.
 */
int lost_before_start(const struct machine *m)
	__attribute__((warn_unused_result));

/**
 * lost_tell - if device @i is gone, count it and print why, once
 *
 * Nothing is printed or counted where the guest never ran.
 * Return: true when it is gone; err_last() then says why.
 */
bool lost_tell(struct machine *m, unsigned i);

/**
 * lost_event - stop the machine for what the host said of device @i
 *
 * The first of it is the reason, and has its message.  An error is reported for
 * the device whose registers show it, which may be another function.
 */
void lost_event(struct machine *m, unsigned i, enum assign_event e);

/**
 * lost_look - is device @i gone?  If nobody would tell, stop the machine
 *
 * Context: any thread.
 * Return: true when it is gone.
 */
bool lost_look(struct machine *m, unsigned i);

/**
 * lost_excuse - does an error mean no more than that device @i is gone?
 * @rc: what a function returned that had to do with the device
 *
 * Return: 0 when it does: that is told another way; else @rc, with its message.
 */
int lost_excuse(struct machine *m, unsigned i, int rc);

#endif
