/* SPDX-License-Identifier: BSD-2-Clause */
/* What vfio_sys.c and vfio_device.c share. */
#ifndef TESTS_FAKE_VFIO_H
#define TESTS_FAKE_VFIO_H

#include "tests/fake/fake.h"

#define SIM_DEVS 4

extern struct sim_pci *sim_dev[SIM_DEVS]; /* NULL: none */

/** sim_device_reset - unmap everything */
void sim_device_reset(void);

/** sim_device_open - by a descriptor or by a mapping */
bool sim_device_open(const struct sim_pci *d);

/** sim_bar_at - whose BAR is mapped there?  NULL: it is no BAR */
const struct sim_pci *sim_bar_at(uint64_t hva, size_t len);

/** sim_dma_in - can devices reach some of [p, p + len)? */
bool sim_dma_in(const void *p, size_t len);

/** sim_group_fd - is @fd the open group with number @id? */
bool sim_group_fd(int fd, unsigned id);

/** sim_device_maps - how many mappings */
unsigned sim_device_maps(void);

#endif
