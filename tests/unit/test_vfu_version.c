/* SPDX-License-Identifier: BSD-2-Clause */
/* VERSION and the JSON in it. */
#include "tests/unit/test_vfu.h"

#include "base/json.h"

static int say(struct vt *t, uint16_t major, uint16_t minor, const char *text)
{
	struct userwire_version v = {major, minor};
	uint8_t body[1024];

	memcpy(body, &v, sizeof(v));
	if (!text)
		return vt_call(t, USERWIRE_VERSION, body, sizeof(v));
	memcpy(body + sizeof(v), text, strlen(text) + 1);
	return vt_call(t, USERWIRE_VERSION, body, sizeof(v) + strlen(text) + 1);
}

/* What QEMU 11.1 says, and the room that it has for the reply */
static const char qemu[] =
	"{\"capabilities\": {\"migration\": {\"max_bitmap_size\": 268435456, "
	"\"pgsize\": 4096}, \"max_msg_fds\": 16, \"max_data_xfer_size\": "
	"1048576, \"max_dma_maps\": 65535, \"pgsizes\": 4096, "
	"\"write_multiple\": true}}";

Test(test_vfu_version, qemu_gets_a_reply_that_fits)
{
	struct vt *t = vt_connect();

	cr_assert_eq(say(t, 0, 0, qemu), 0);
	cr_assert_leq(t->head.size, 214);
	cr_assert_str_eq((char *)t->body + 4,
			 "{\"capabilities\":{\"max_msg_fds\":16,"
			 "\"max_data_xfer_size\":1048576}}");
	cr_assert_eq(t->body[t->len - 1], '\0');
	cr_assert_eq(t->len, 4 + strlen((char *)t->body + 4) + 1);
	vt_close(t);
}

Test(test_vfu_version, reply_is_never_longer_than_the_request)
{
	struct vt *t = vt_connect();

	cr_assert_eq(say(t, 0, 0, NULL), 0);
	cr_assert_eq(t->len, 4);
	vt_close(t);
	t = vt_connect();
	cr_assert_eq(say(t, 0, 0, "{}"), 0);
	cr_assert_eq(t->len, 4);
	vt_close(t);
}

Test(test_vfu_version, minor_is_the_smaller_of_both)
{
	static const uint16_t minor[] = {0, 1, 2, 0xffff};

	for (size_t i = 0; i < ARRAY_SIZE(minor); i++) {
		struct vt *t = vt_connect();

		cr_assert_eq(say(t, 0, minor[i], "{}"), 0);
		cr_assert_eq(le_get(t->body, 2), 0);
		cr_assert_eq(le_get(t->body + 2, 2),
			     min_u64(minor[i], USERWIRE_MINOR));
		vt_close(t);
	}
}

/* One VERSION that must be refused, and the connection ended */
static void refused(uint16_t major, const void *body, size_t len)
{
	struct vt *t = vt_connect();
	uint8_t msg[256];

	memcpy(msg, &major, sizeof(major));
	memset(msg + 2, 0, 2);
	memcpy(msg + 4, body, len);
	cr_assert_eq(vt_call(t, USERWIRE_VERSION, msg, 4 + len), EINVAL, "%.*s",
		     (int)len, (const char *)body);
	cr_assert_eq(vt_run(t), -ECONNRESET);
	vt_close(t);
}

Test(test_vfu_version, major_that_is_not_ours)
{
	refused(1, "{}", 3);
	refused(0xffff, "{}", 3);
}

Test(test_vfu_version, text_without_nul)
{
	refused(0, "{}", 2);
}

Test(test_vfu_version, nul_inside_the_text)
{
	refused(0, "{\0}", 4);
}

Test(test_vfu_version, text_that_is_no_object)
{
	refused(0, "", 1);
	refused(0, "[]", 3);
	refused(0, "1", 2);
	refused(0, "{} x", 5);
}

Test(test_vfu_version, capabilities_of_wrong_types)
{
	static const char *const bad[] = {
		"{\"capabilities\":1}",
		"{\"capabilities\":[]}",
		"{\"capabilities\":{\"max_msg_fds\":\"8\"}}",
		"{\"capabilities\":{\"max_msg_fds\":-1}}",
		"{\"capabilities\":{\"max_data_xfer_size\":1.5}}",
		"{\"capabilities\":{\"max_data_xfer_size\":1e6}}",
		"{\"capabilities\":{\"max_msg_fds\":99999999999999999999}}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refused(0, bad[i], strlen(bad[i]) + 1);
}

Test(test_vfu_version, shorter_than_its_numbers)
{
	struct vt *t = vt_connect();

	cr_assert_eq(vt_call(t, USERWIRE_VERSION, "\0\0\0", 3), EINVAL);
	cr_assert_eq(vt_run(t), -ECONNRESET);
	vt_close(t);
}

Test(test_vfu_version, with_a_descriptor)
{
	struct vt *t = vt_connect();
	int fd = vt_eventfd();

	cr_assert_eq(vt_call_fds(t, USERWIRE_VERSION, "\0\0\0", 4, &fd, 1),
		     EINVAL);
	vt_close(t);
}

Test(test_vfu_version, anything_else_first)
{
	struct userwire_info i = {.argsz = sizeof(i)};
	struct vt *t = vt_connect();

	cr_assert_eq(vt_call(t, USERWIRE_GET_INFO, &i, sizeof(i)), EINVAL);
	cr_assert_eq(vt_run(t), -ECONNRESET);
	vt_close(t);
}

Test(test_vfu_version, twice)
{
	struct vt *t = vt_open();

	cr_assert_eq(say(t, 0, 0, "{}"), EINVAL);
	cr_assert_eq(vt_call(t, USERWIRE_RESET, NULL, 0), 0, "goes on");
	vt_close(t);
}

/* ---- JSON ------------------------------------------------------------- */

static int read_json(const char *text, uint64_t *v)
{
	struct json_want w = {"o.m", 7};
	char *exact = malloc(strlen(text) + 1);
	int rc;

	/* no NUL behind it, for AddressSanitizer's sake */
	memcpy(exact, text, strlen(text));
	rc = json_read(exact, strlen(text), &w, 1);
	free(exact);
	if (v)
		*v = w.value;
	return rc;
}

Test(test_vfu_version, json_numbers_wanted)
{
	uint64_t v;

	cr_assert_eq(read_json("{}", &v), 0);
	cr_assert_eq(v, 7, "kept when it is not there");
	cr_assert_eq(read_json(" { \"o\" : { \"m\" : 42 } } ", &v), 0);
	cr_assert_eq(v, 42);
	cr_assert_eq(read_json("{\"o\":{\"m\":0}}", &v), 0);
	cr_assert_eq(v, 0);
	cr_assert_eq(read_json("{\"m\":1,\"x\":{\"m\":2},\"o\":{\"x\":{\"m\":"
			       "3},\"y\":[{\"m\":4}]}}",
			       &v),
		     0);
	cr_assert_eq(v, 7, "not from elsewhere");
}

Test(test_vfu_version, json_well_formed)
{
	static const char *const good[] = {
		"{\"a\":[1,-2,3.5,1e9,-0.1E-2,0],\"b\":null}",
		"{\"a\":true,\"b\":false,\"c\":\"\\\"\\u00e4\\n\"}",
		"{\"a\":[],\"b\":{},\"c\":[[[]]]}",
		"\t\r\n{}\n",
		"{\"a\":\"\xc3\xa4\"}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_assert_eq(read_json(good[i], NULL), 0, "%s", good[i]);
}

Test(test_vfu_version, json_malformed)
{
	static const char *const bad[] = {
		"",
		"{",
		"}",
		"{,}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{a:1}",
		"{\"a\":01}",
		"{\"a\":1.}",
		"{\"a\":.5}",
		"{\"a\":1e}",
		"{\"a\":-}",
		"{\"a\":+1}",
		"{\"a\":[1,]}",
		"{\"a\":[1 2]}",
		"{\"a\":tru}",
		"{\"a\":\"}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12g4\"}",
		"{\"a\":\"\n\"}",
		"{\"a\":\"\\",
		"{\"a\":1}{",
		"{\"a\":1]",
		"{\"a\" 1}",
		"{\"a\":\"\\u12",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_eq(read_json(bad[i], NULL), -EINVAL, "%s", bad[i]);
}

Test(test_vfu_version, json_nested_too_deep)
{
	char text[64] = "{\"a\":";
	size_t n = strlen(text);

	memset(text + n, '[', JSON_DEPTH);
	cr_assert_eq(read_json(text, NULL), -EINVAL);
	memset(text + n, '[', JSON_DEPTH - 1);
	memset(text + n + JSON_DEPTH - 1, ']', JSON_DEPTH - 1);
	text[n + 2 * (JSON_DEPTH - 1)] = '}';
	cr_assert_eq(read_json(text, NULL), 0);
}

Test(test_vfu_version, json_cut_off_anywhere)
{
	for (size_t n = 0; n < strlen(qemu); n++) {
		char *exact = malloc(n + 1);
		struct json_want w = {"capabilities.pgsizes", 0};

		memcpy(exact, qemu, n);
		cr_assert_eq(json_read(exact, n, &w, 1), -EINVAL);
		free(exact);
	}
}
