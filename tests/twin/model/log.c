/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of text for whoever runs the chip.
 *
 * Knows the log callback; does not know where the lines go, nor times.
 */
#include <stdarg.h>
#include <stdio.h>

#include "tests/twin/model/chip.h"

void bcm_log(const struct bcm_func *f, const char *fmt, ...)
{
	const struct bcm_chip *chip = f->chip;
	char line[160];
	va_list ap;

	if (!chip->ops->log)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	chip->ops->log(chip->ctx, f->fn, line);
}
