/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What --stats prints when the machine has stopped.
 */
#ifndef VMM_MACHINE_STATS_H
#define VMM_MACHINE_STATS_H

#include <stdio.h>

struct machine;

/**
 * stats_print - returns of KVM_RUN by reason and by device, and the start-up
 * @m: stopped, not yet closed
 *
 * Lines of "stats: NAME VALUE"; times in ms.
 */
void stats_print(const struct machine *m, FILE *f);

#endif
