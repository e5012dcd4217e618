/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VERSION: what the client says of itself, and what we say.
 *
 * QEMU receives the reply into the buffer of its request; so the reply is never
 * longer than the request, and the capabilities are left out where that would
 * make it so (all of them have defaults).
 */
#include "tests/twin/server/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/json.h"

/* The text behind the numbers: none, or JSON with a NUL at its end */
static int read_capabilities(struct vfu_session *s, const char *text,
			     size_t len)
{
	struct json_want want[] = {
		{"capabilities.max_data_xfer_size", USERWIRE_XFER_MAX},
		{"capabilities.max_msg_fds", 1},
	};

	if (!len)
		return 0;
	if (text[len - 1] || memchr(text, 0, len - 1) ||
	    json_read(text, len - 1, want, ARRAY_SIZE(want)))
		return -EINVAL;
	s->xfer_max = want[0].value;
	return 0;
}

int vfu_do_version(struct vfu_session *s, struct vfu_msg *m, uint8_t *out)
{
	struct userwire_version v;
	char text[96];
	size_t len;
	int rc;

	memcpy(&v, m->body, sizeof(v));
	if (v.major != USERWIRE_MAJOR)
		return -EINVAL;
	rc = read_capabilities(s, (const char *)m->body + sizeof(v),
			       m->len - sizeof(v));
	if (rc)
		return rc;
	s->open = true;
	v.minor = (uint16_t)min_u64(v.minor, USERWIRE_MINOR);
	memcpy(out, &v, sizeof(v));
	len = 1 + (size_t)snprintf(text, sizeof(text),
				   "{\"capabilities\":{\"max_msg_fds\":%d,"
				   "\"max_data_xfer_size\":%d}}",
				   VFU_MSG_FDS_TOLD, USERWIRE_XFER_MAX);
	if (sizeof(v) + len > m->len)
		return sizeof(v);
	memcpy(out + sizeof(v), text, len);
	return (int)(sizeof(v) + len);
}
