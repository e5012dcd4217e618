/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The texts of --help and --version.
 *
 * `passthru --help` and `passthru run --help` are here; the other commands
 * carry their own.
 */
#ifndef VMM_CLI_HELP_H
#define VMM_CLI_HELP_H

#include <stdio.h>

/** help_main - what `passthru --help` prints, to @f */
void help_main(FILE *f);

/** help_run - what `passthru run --help` prints, to @f */
void help_run(FILE *f);

/** help_version - what `passthru --version` prints, to @f */
void help_version(FILE *f);

#endif
