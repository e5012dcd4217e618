/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feeds the files that are named on the command line to one fuzz target.
 *
 * A target is a file fuzz_NAME.c with LLVMFuzzerTestOneInput(), the entry that
 * libFuzzer and AFL++ know; tests/fuzz/corpus/NAME/ holds its inputs, crashes
 * of the past among them.  `make check` links each with this main().  The copy
 * on the heap has exactly the input's length, for AddressSanitizer's sake.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void replay(const char *path)
{
	static uint8_t buf[INPUT_MAX];
	FILE *f = fopen(path, "rb");
	uint8_t *exact;
	size_t len;

	if (!f)
		err(1, "%s", path);
	len = fread(buf, 1, sizeof(buf), f);
	if (ferror(f))
		err(1, "%s", path);
	fclose(f);
	exact = malloc(len ? len : 1);
	if (!exact)
		err(1, "malloc");
	memcpy(exact, buf, len);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		fprintf(stderr, "%s\n", argv[i]); /* the last one is to blame */
		replay(argv[i]);
	}
	return 0;
}
