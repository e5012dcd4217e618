/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The version, in its one place.
 */
#ifndef VMM_CLI_VERSION_H
#define VMM_CLI_VERSION_H

#define PASSTHRU_VERSION "0.1"

#endif
