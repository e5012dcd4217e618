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

/** sim_device_maps - how many mappings */
unsigned sim_device_maps(void);

#endif
