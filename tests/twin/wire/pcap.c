/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recording in classic pcap format; see pcap.h.
 *
 * Frames go through stdio's buffer, which is flushed 50 ms after the first
 * frame in it: a write(2) per frame would cost more than all the rest of the
 * wire.
 */
#include "tests/twin/wire/pcap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"
#include "base/log.h"

#define MAGIC_NS      0xa1b23c4d
#define SNAPLEN       262144
#define LINK_ETHERNET 1
#define NS            UINT64_C(1000000000)
#define FLUSH_NS      UINT64_C(50000000)
#define BUFFER        262144

struct wire_pcap {
	FILE *file;
	uint64_t offset; /* time of day minus the caller's clock */
	uint64_t flush_at;
	int failed; /* errno of the first failure */
	char path[256];
};

/* Both in the byte order of the writer. */
struct file_head {
	uint32_t magic;
	uint16_t major;
	uint16_t minor;
	uint32_t zone;
	uint32_t accuracy;
	uint32_t snaplen;
	uint32_t link;
};

struct frame_head {
	uint32_t sec;
	uint32_t nsec;
	uint32_t kept;
	uint32_t len;
};

static void put(struct wire_pcap *p, const void *data, size_t len)
{
	if (!p->failed && fwrite(data, 1, len, p->file) != len)
		p->failed = errno ? errno : EIO;
}

static int begin(struct wire_pcap *p, const char *path)
{
	static const struct file_head head = {
		.magic = MAGIC_NS,
		.major = 2,
		.minor = 4,
		.snaplen = SNAPLEN,
		.link = LINK_ETHERNET,
	};

	p->file = fopen(path, "we");
	if (!p->file)
		return err_call(errno, path, "fopen",
				"give --pcap a file that can be written");
	setvbuf(p->file, NULL, _IOFBF, BUFFER);
	put(p, &head, sizeof(head));
	if (!p->failed && fflush(p->file) != 0)
		p->failed = errno;
	if (p->failed)
		return err_call(p->failed, path, "write",
				"give --pcap a file that can be written");
	return 0;
}

int wire_pcap_open(struct wire_pcap **p, const char *path, uint64_t now_ns)
{
	struct wire_pcap *n = calloc(1, sizeof(*n));
	struct timespec t;
	int rc;

	*p = n;
	if (!n)
		return err_set(ENOMEM, "%s: no memory to record", path);
	clock_gettime(CLOCK_REALTIME, &t);
	n->offset = (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec - now_ns;
	n->flush_at = UINT64_MAX;
	snprintf(n->path, sizeof(n->path), "%s", path);
	rc = begin(n, path);
	if (rc)
		wire_pcap_close(p);
	return rc;
}

void wire_pcap_close(struct wire_pcap **p)
{
	if (!*p)
		return;
	wire_pcap_flush(*p);
	if ((*p)->file)
		fclose((*p)->file);
	free(*p);
	*p = NULL;
}

static void check(struct wire_pcap *p, int before)
{
	if (p->failed && !before)
		log_warn("%s: write: %s; the recording ends here", p->path,
			 err_name(p->failed));
}

void wire_pcap_frame(struct wire_pcap *p, const void *frame, size_t len,
		     uint64_t now_ns)
{
	uint64_t t = now_ns + p->offset;
	struct frame_head head = {
		.sec = (uint32_t)(t / NS),
		.nsec = (uint32_t)(t % NS),
		.kept = (uint32_t)len,
		.len = (uint32_t)len,
	};
	int before = p->failed;

	put(p, &head, sizeof(head));
	put(p, frame, len);
	if (p->flush_at == UINT64_MAX)
		p->flush_at = now_ns + FLUSH_NS;
	check(p, before);
}

uint64_t wire_pcap_deadline(const struct wire_pcap *p)
{
	return p ? p->flush_at : UINT64_MAX;
}

void wire_pcap_flush(struct wire_pcap *p)
{
	int before;

	if (!p || p->flush_at == UINT64_MAX)
		return;
	p->flush_at = UINT64_MAX;
	before = p->failed;
	if (!before && fflush(p->file) != 0)
		p->failed = errno;
	check(p, before);
}
