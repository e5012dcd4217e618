/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of lies, and which of them is due.
 *
 * To add a lie, add a row, and a line to a matrix in this folder.
 */
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/lying/tell.h"

#define ANY        0, -1
#define ON(cmd)    USERWIRE_##cmd, -1
#define REGION(i)  USERWIRE_REGION_INFO, VFIO_PCI_##i##_REGION_INDEX
#define IRQ(i)     USERWIRE_IRQ_INFO, VFIO_PCI_##i##_IRQ_INDEX
#define MAX32      UINT32_MAX
#define MAX64      UINT64_MAX
#define CAPABLE(x) "{\"capabilities\":{" x "}}"
#define RW         (VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE)
#define RWM                                                                    \
	(VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE |            \
	 VFIO_REGION_INFO_FLAG_MMAP)

/* What a row leaves out is 0. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* clang-format off */
static const struct lie lies[] = {
/* Framing */
{"size-0",          AT_REPLY, ANY, tell_size_is, 0},
{"size-15",         AT_REPLY, ANY, tell_size_is, 15},
{"size-less",       AT_REPLY, ANY, tell_size, -UINT64_C(1)},
{"size-more",       AT_REPLY, ANY, tell_size, 1},
{"size-64M",        AT_REPLY, ANY, tell_size_is, 64 << 20},
{"size-max",        AT_REPLY, ANY, tell_size_is, MAX32},
{"longer",          AT_REPLY, ANY, tell_longer, 8},
{"longer-1M",       AT_REPLY, ANY, tell_longer, 1 << 20},
{"bare",            AT_REPLY, ANY, tell_body, 0},
{"body-1",          AT_REPLY, ANY, tell_body, 1},
{"body-15",         AT_REPLY, ANY, tell_body, 15},
{"cut-1-close",     AT_REPLY, ANY, tell_cut, 1, AFTER_CLOSE},
{"cut-1-deaf",      AT_REPLY, ANY, tell_cut, 1, AFTER_DEAF},
{"cut-15-close",    AT_REPLY, ANY, tell_cut, 15, AFTER_CLOSE},
{"cut-16-close",    AT_REPLY, ANY, tell_cut, 16, AFTER_CLOSE},
{"cut-16-deaf",     AT_REPLY, ANY, tell_cut, 16, AFTER_DEAF},
{"cut-last-close",  AT_REPLY, ANY, tell_cut, -UINT64_C(1), AFTER_CLOSE},
{"cut-last-deaf",   AT_REPLY, ANY, tell_cut, -UINT64_C(1), AFTER_DEAF},
{"drip",            AT_REPLY, ANY, tell_drip, 1, 1},
{"drip-slow",       AT_REPLY, ANY, tell_drip, 1, 700},
{"pieces",          AT_REPLY, ANY, tell_drip, 16, 0},
{"id",              AT_REPLY, ANY, tell_id, 1},
{"id-max",          AT_REPLY, ANY, tell_id, 0x8000},
{"cmd-0",           AT_REPLY, ANY, tell_cmd, 0},
{"cmd-next",        AT_REPLY, ANY, tell_cmd, USERWIRE_MIG_READ},
{"cmd-dma",         AT_REPLY, ANY, tell_cmd, USERWIRE_DMA_READ},
{"type-request",    AT_REPLY, ANY, tell_flags, USERWIRE_REQUEST},
{"type-2",          AT_REPLY, ANY, tell_flags, 2},
{"flags-max",       AT_REPLY, ANY, tell_flags, MAX32},
{"flags-noise",     AT_REPLY, ANY, tell_flags, 0xffffff40 | USERWIRE_REPLY},
{"error",           AT_REPLY, ANY, tell_error, 5, false},
{"error-body",      AT_REPLY, ANY, tell_error, 5, true},
{"error-0",         AT_REPLY, ANY, tell_error, 0, false},
{"error-huge",      AT_REPLY, ANY, tell_error, MAX32, false},
{"error-4096",      AT_REPLY, ANY, tell_error, 4096, false},
{"error-again",     AT_REPLY, ANY, tell_error, 11, false},
{"error-inval",     AT_REPLY, ANY, tell_error, 22, false},
{"silent",          AT_REPLY, ANY, tell_copies, 0, AFTER_GO_ON},
{"deaf",            AT_REPLY, ANY, tell_copies, 0, AFTER_DEAF},
{"reply-deaf",      AT_REPLY, ANY, tell_copies, 1, AFTER_DEAF},
{"close",           AT_REPLY, ANY, tell_copies, 0, AFTER_CLOSE},
{"reply-close",     AT_REPLY, ANY, tell_copies, 1, AFTER_CLOSE},
{"reply-stop",      AT_REPLY, ANY, tell_copies, 1, AFTER_STOP},
{"twice",           AT_REPLY, ANY, tell_copies, 2, AFTER_GO_ON},
{"many-times",      AT_REPLY, ANY, tell_copies, 5000, AFTER_GO_ON},
{"kill",            AT_REQUEST, ANY, tell_die, AFTER_KILL},
{"kill-in-1s",      AT_REQUEST, ANY, tell_alarm, 1},
{"stop",            AT_REQUEST, ANY, tell_die, AFTER_STOP},
{"no-read",         AT_REQUEST, ANY, tell_die, AFTER_DEAF},
{"sleep-1s",        AT_REQUEST, ANY, tell_sleep, 1000},
{"sleep-20s",       AT_REQUEST, ANY, tell_sleep, 20000},
{"answer-quiet",    AT_REQUEST, ANY, tell_answer_quiet},
{"no-accept",       AT_START, ANY, tell_no_accept, false},
{"backlog-full",    AT_START, ANY, tell_no_accept, true},
{"unasked",         AT_REQUEST, ANY, tell_unasked, USERWIRE_GET_INFO, 0xfffe},
{"unasked-dma",     AT_REQUEST, ANY, tell_unasked, USERWIRE_DMA_READ, 1},

{"noise",           AT_REPLY, ANY, tell_noise, 8},
{"noise-rare",      AT_REPLY, ANY, tell_noise, 40},

/* Descriptors */
{"fd-more",         AT_REPLY, ANY, tell_fds, 1},
{"fd-two",          AT_REPLY, ANY, tell_fds, 2},
{"fd-253",          AT_REPLY, ANY, tell_fds, LIAR_FDS},
{"fd-none",         AT_REPLY, REGION(BAR2), tell_no_fds},
{"fd-pipe",         AT_REPLY, REGION(BAR2), tell_fd, TELL_PIPE},
{"fd-eventfd",      AT_REPLY, REGION(BAR2), tell_fd, TELL_EVENTFD},
{"fd-epoll",        AT_REPLY, REGION(BAR2), tell_fd, TELL_EPOLL},
{"fd-directory",    AT_REPLY, REGION(BAR2), tell_fd, TELL_DIR},
{"fd-null",         AT_REPLY, REGION(BAR2), tell_fd, TELL_NULL},
{"fd-zero",         AT_REPLY, REGION(BAR2), tell_fd, TELL_ZERO},
{"fd-opath",        AT_REPLY, REGION(BAR2), tell_fd, TELL_OPATH},
{"fd-socket",       AT_REPLY, REGION(BAR2), tell_fd, TELL_SOCKET},
{"fd-short",        AT_REPLY, REGION(BAR2), tell_fd, TELL_SHORT},
{"fd-empty",        AT_REPLY, REGION(BAR2), tell_fd, TELL_EMPTY},
{"fd-readonly",     AT_REPLY, REGION(BAR2), tell_fd, TELL_READONLY},
{"fd-sealed",       AT_REPLY, REGION(BAR2), tell_fd, TELL_SEALED},
{"fd-linger",       AT_REPLY, ANY, tell_fd, TELL_LINGER},
{"fd-other",        AT_REPLY, REGION(BAR2), tell_fd_other},
{"file-shrinks",    AT_REQUEST, ON(IRQ_INFO), tell_shrink, 0},

/* VERSION */
{"major-9",         AT_REPLY, ON(VERSION), tell_put, 0, 2, 9},
{"minor-9",         AT_REPLY, ON(VERSION), tell_put, 2, 2, 9},
{"no-json",         AT_REPLY, ON(VERSION), tell_body, 4},
{"json-empty",      AT_REPLY, ON(VERSION), tell_json, .text = ""},
{"json-no-nul",     AT_REPLY, ON(VERSION), tell_json_bare, .text = "{}"},
{"json-object",     AT_REPLY, ON(VERSION), tell_json, .text = "{}"},
{"json-array",      AT_REPLY, ON(VERSION), tell_json, .text = "[]"},
{"json-number",     AT_REPLY, ON(VERSION), tell_json, .text = "7"},
{"json-open",       AT_REPLY, ON(VERSION), tell_json, .text = "{\"capabil"},
{"json-junk",       AT_REPLY, ON(VERSION), tell_json, .text = "\xff\xfe\x01"},
{"json-behind",     AT_REPLY, ON(VERSION), tell_json, .text = "{}{}"},
{"json-deep",       AT_REPLY, ON(VERSION), tell_json_many, 500000, .text = "["},
{"json-deeper",     AT_REPLY, ON(VERSION), tell_json_many, 100000,
	.text = "{\"a\":"},
{"json-1M",         AT_REPLY, ON(VERSION), tell_json_many, 1 << 20,
	.text = " "},
{"json-nuls",       AT_REPLY, ON(VERSION), tell_put, 4, 1, 0},
{"caps-string",     AT_REPLY, ON(VERSION), tell_json,
	.text = "{\"capabilities\":\"all\"}"},
{"fds-0",           AT_REPLY, ON(VERSION), tell_json,
	.text = CAPABLE("\"max_msg_fds\":0")},
{"fds-1",           AT_REPLY, ON(VERSION), tell_json,
	.text = CAPABLE("\"max_msg_fds\":1")},
{"fds-minus",       AT_REPLY, ON(VERSION), tell_json,
	.text = CAPABLE("\"max_msg_fds\":-1")},
{"fds-2G",          AT_REPLY, ON(VERSION), tell_json,
	.text = CAPABLE("\"max_msg_fds\":2147483648")},
{"fds-2^64",        AT_REPLY, ON(VERSION), tell_json,
	.text = CAPABLE("\"max_msg_fds\":18446744073709551617")},
{"fds-string",      AT_REPLY, ON(VERSION), tell_json,
	.text = CAPABLE("\"max_msg_fds\":\"8\"")},
{"xfer-0",          AT_REPLY, ON(VERSION), tell_json,
	.text = CAPABLE("\"max_data_xfer_size\":0")},
{"xfer-1",          AT_REPLY, ON(VERSION), tell_json,
	.text = CAPABLE("\"max_data_xfer_size\":1")},
{"xfer-4",          AT_REPLY, ON(VERSION), tell_json,
	.text = CAPABLE("\"max_data_xfer_size\":4")},
{"xfer-2^63",       AT_REPLY, ON(VERSION), tell_json,
	.text = CAPABLE("\"max_data_xfer_size\":9223372036854775808")},
{"xfer-fraction",   AT_REPLY, ON(VERSION), tell_json,
	.text = CAPABLE("\"max_data_xfer_size\":4096.5")},
{"xfer-exponent",   AT_REPLY, ON(VERSION), tell_json,
	.text = CAPABLE("\"max_data_xfer_size\":1e999")},
{"xfer-twice",      AT_REPLY, ON(VERSION), tell_json,
	.text = CAPABLE("\"max_data_xfer_size\":4096,"
			"\"max_data_xfer_size\":0")},
{"pgsizes-1",       AT_REPLY, ON(VERSION), tell_json,
	.text = CAPABLE("\"pgsizes\":1,\"max_dma_maps\":0")},
{"twin-no-fd",      AT_REPLY, ON(VERSION), tell_twin, 0},
{"twin-index",      AT_REPLY, ON(VERSION), tell_twin, 1},
{"twin-null",       AT_REPLY, ON(VERSION), tell_twin, 2},
{"twin-closed",     AT_REPLY, ON(VERSION), tell_twin, 3},
{"twin-good",       AT_REPLY, ON(VERSION), tell_twin, 4},
{"twin-junk",       AT_REPLY, ON(VERSION), tell_twin, 5},
{"twin-datagrams",  AT_REPLY, ON(VERSION), tell_twin, 6},
{"twin-two",        AT_REPLY, ON(VERSION), tell_twin, 7},
{"twin-half",       AT_REPLY, ON(VERSION), tell_twin, 8},
{"twin-kept",       AT_REPLY, ON(VERSION), tell_twin, 9},
{"twin-string",     AT_REPLY, ON(VERSION), tell_twin, 10},
{"twin-mirror",     AT_REPLY, ON(VERSION), tell_twin, 12},
{"twin-minus",      AT_REPLY, ON(VERSION), tell_twin, 11},

/* GET_INFO */
{"info-argsz",      AT_REPLY, ON(GET_INFO), tell_put, 0, 4, MAX32},
{"info-no-pci",     AT_REPLY, ON(GET_INFO), tell_put, 4, 4, 1},
{"info-flags",      AT_REPLY, ON(GET_INFO), tell_put, 4, 4, MAX32},
{"regions-0",       AT_REPLY, ON(GET_INFO), tell_put, 8, 4, 0},
{"regions-7",       AT_REPLY, ON(GET_INFO), tell_put, 8, 4, 7},
{"regions-8",       AT_REPLY, ON(GET_INFO), tell_put, 8, 4, 8},
{"regions-max",     AT_REPLY, ON(GET_INFO), tell_put, 8, 4, MAX32},
{"irqs-0",          AT_REPLY, ON(GET_INFO), tell_put, 12, 4, 0},
{"irqs-max",        AT_REPLY, ON(GET_INFO), tell_put, 12, 4, MAX32},

/* REGION_INFO; the capability is at 32, its count at 40, areas from 48 */
{"argsz-0",         AT_REPLY, ON(REGION_INFO), tell_put, 0, 4, 0},
{"argsz-31",        AT_REPLY, ON(REGION_INFO), tell_put, 0, 4, 31},
{"argsz-33",        AT_REPLY, ON(REGION_INFO), tell_put, 0, 4, 33},
{"argsz-64K",       AT_REPLY, ON(REGION_INFO), tell_put, 0, 4, 1 << 16},
{"argsz-max",       AT_REPLY, ON(REGION_INFO), tell_put, 0, 4, MAX32},
{"argsz-grows",     AT_REPLY, ON(REGION_INFO), tell_grow, 16},
{"index-other",     AT_REPLY, ON(REGION_INFO), tell_put, 8, 4, 1},
{"flags-all",       AT_REPLY, ON(REGION_INFO), tell_put, 4, 4, MAX32},
{"flags-none",      AT_REPLY, ON(REGION_INFO), tell_put, 4, 4, 0},
{"cap-inside",      AT_REPLY, REGION(BAR2), tell_put, 12, 4, 8},
{"cap-odd",         AT_REPLY, REGION(BAR2), tell_put, 12, 4, 33},
{"cap-end",         AT_REPLY, REGION(BAR2), tell_put, 12, 4, 80},
{"cap-last",        AT_REPLY, REGION(BAR2), tell_put, 12, 4, 79},
{"cap-max",         AT_REPLY, REGION(BAR2), tell_put, 12, 4, MAX32},
{"cap-loop",        AT_REPLY, REGION(BAR2), tell_put, 32, 8,
	7 | UINT64_C(32) << 32},
{"cap-next-max",    AT_REPLY, REGION(BAR2), tell_put, 32, 8,
	7 | UINT64_C(0xffffffff) << 32},
{"cap-version",     AT_REPLY, REGION(BAR2), tell_put, 34, 2, 99},
{"areas-0",         AT_REPLY, REGION(BAR2), tell_put, 40, 4, 0},
{"areas-3",         AT_REPLY, REGION(BAR2), tell_put, 40, 4, 3},
{"areas-max",       AT_REPLY, REGION(BAR2), tell_put, 40, 4, MAX32},
{"area-odd",        AT_REPLY, REGION(BAR2), tell_put, 48, 8, 0x1001},
{"area-odd-size",   AT_REPLY, REGION(BAR2), tell_put, 56, 8, 0x800},
{"area-outside",    AT_REPLY, REGION(BAR2), tell_put, 48, 8, 0x8000},
{"area-beyond",     AT_REPLY, REGION(BAR2), tell_put, 56, 8, 0x8000},
{"area-wraps",      AT_REPLY, REGION(BAR2), tell_put, 48, 8, -UINT64_C(4096)},
{"area-max",        AT_REPLY, REGION(BAR2), tell_put, 56, 8, MAX64},
{"area-empty",      AT_REPLY, REGION(BAR2), tell_put, 56, 8, 0},
{"area-overlaps",   AT_REPLY, REGION(BAR2), tell_put, 64, 8, 0x2000},
{"area-same",       AT_REPLY, REGION(BAR2), tell_put, 64, 8, 0x1000},
{"offset-far",      AT_REPLY, REGION(BAR2), tell_put, 24, 8, 1 << 20},
{"offset-odd",      AT_REPLY, REGION(BAR2), tell_put, 24, 8, 0x123},
{"offset-wraps",    AT_REPLY, REGION(BAR2), tell_put, 24, 8, -UINT64_C(4096)},
{"offset-negative", AT_REPLY, REGION(BAR2), tell_put, 24, 8,
	UINT64_C(1) << 63},
{"bar-3",           AT_REPLY, REGION(BAR0), tell_put, 16, 8, 3},
{"bar-4097",        AT_REPLY, REGION(BAR0), tell_put, 16, 8, 4097},
{"bar-2G",          AT_REPLY, REGION(BAR0), tell_put, 16, 8, UINT64_C(1) << 31},
{"bar-4G",          AT_REPLY, REGION(BAR0), tell_put, 16, 8, UINT64_C(1) << 32},
{"bar-2^63",        AT_REPLY, REGION(BAR0), tell_put, 16, 8, UINT64_C(1) << 63},
{"bar-max",         AT_REPLY, REGION(BAR0), tell_put, 16, 8, MAX64},
{"bar2-huge",       AT_REPLY, REGION(BAR2), tell_put, 16, 8, UINT64_C(1) << 30},
{"bar-io-mapped",   AT_START, REGION(BAR2), tell_config, 0x18, 4, 1},
{"rom-huge",        AT_REPLY, REGION(ROM), tell_put, 16, 8, UINT64_C(1) << 62},
{"config-0",        AT_REPLY, REGION(CONFIG), tell_put, 16, 8, 0},
{"config-64",       AT_REPLY, REGION(CONFIG), tell_put, 16, 8, 64},
{"config-255",      AT_REPLY, REGION(CONFIG), tell_put, 16, 8, 255},
{"config-256",      AT_REPLY, REGION(CONFIG), tell_put, 16, 8, 256},
{"config-257",      AT_REPLY, REGION(CONFIG), tell_put, 16, 8, 257},
{"config-4095",     AT_REPLY, REGION(CONFIG), tell_put, 16, 8, 4095},
{"config-2^40",     AT_REPLY, REGION(CONFIG), tell_put, 16, 8,
	UINT64_C(1) << 40},
{"upper-region",    AT_START, REGION(BAR3), tell_region, 0x1000, RW},
{"no-mmap",         AT_START, REGION(BAR2), tell_region, BAR2_BYTES, RW},
{"config-mapped",   AT_START, REGION(CONFIG), tell_region, CFG_BYTES, RWM},
{"regs-mapped",     AT_START, REGION(BAR0), tell_region, REG_BYTES, RWM},

/* IRQ_INFO */
{"irq-argsz",       AT_REPLY, ON(IRQ_INFO), tell_put, 0, 4, 0},
{"irq-index",       AT_REPLY, ON(IRQ_INFO), tell_put, 8, 4, 77},
{"irq-flags-0",     AT_REPLY, ON(IRQ_INFO), tell_put, 4, 4, 0},
{"irq-flags-max",   AT_REPLY, ON(IRQ_INFO), tell_put, 4, 4, MAX32},
{"irq-none",        AT_REPLY, ON(IRQ_INFO), tell_put, 12, 4, 0},
{"irq-2049",        AT_REPLY, ON(IRQ_INFO), tell_put, 12, 4, 2049},
{"irq-max",         AT_REPLY, ON(IRQ_INFO), tell_put, 12, 4, MAX32},

/* Configuration space */
{"cfg-ones",        AT_START, ANY, tell_fill, 0, CFG_BYTES, 0xff},
{"cfg-zeros",       AT_START, ANY, tell_fill, 0, CFG_BYTES, 0},
{"cfg-bridge",      AT_START, ANY, tell_config, 0x0e, 1, 1},
{"cfg-caps-ones",   AT_START, ANY, tell_fill, 0x40, 0x100, 0xff},
{"cfg-cap-loop",    AT_START, ANY, tell_config, CFG_PM + 1, 1, CFG_PM},
{"cfg-cap-low",     AT_START, ANY, tell_config, 0x34, 1, 0x10},
{"cfg-cap-end",     AT_START, ANY, tell_config, CFG_PM + 1, 1, 0xfc},
{"cfg-msix-end",    AT_START, ANY, tell_fill, 0x34, 0x35, 0xf8},
{"cfg-msi-end",     AT_START, ANY, tell_config, 0xfc, 4,
	PCI_CAP_ID_MSI | 0x01f0 << 16},
{"cfg-ext-loop",    AT_START, ANY, tell_config, CFG_EXT, 4, 0x10010003},
{"cfg-ext-low",     AT_START, ANY, tell_config, CFG_EXT, 4, 0x04010003},
{"cfg-ext-end",     AT_START, ANY, tell_config, CFG_EXT, 4, 0xffc10003},
{"cfg-ext-sriov",   AT_START, ANY, tell_config, 0xffc, 4, 0x00010010},
{"cfg-msix-bir",    AT_START, ANY, tell_config, CFG_MSIX + 4, 4, 7},
{"cfg-msix-none",   AT_START, ANY, tell_config, CFG_MSIX + 4, 4, 5},
{"cfg-msix-far",    AT_START, ANY, tell_config, CFG_MSIX + 4, 4, 0xfffffffc},
{"cfg-msix-edge",   AT_START, ANY, tell_config, CFG_MSIX + 4, 4, 0xf88 | 4},
{"cfg-msix-2048",   AT_START, ANY, tell_config, CFG_MSIX + 2, 2, 2047},
{"cfg-msix-pba",    AT_START, ANY, tell_config, CFG_MSIX + 8, 4, 0xff8 | 4},
{"cfg-msix-over",   AT_START, ANY, tell_config, CFG_MSIX + 8, 4, 0x10 | 4},
{"cfg-msix-mapped", AT_START, ANY, tell_config, CFG_MSIX + 4, 4, 0x1ff8 | 2},
{"cfg-msi-32",      AT_START, ANY, tell_config, CFG_MSI + 2, 2, 0x018e},
{"cfg-bar-64",      AT_START, ANY, tell_config, 0x24, 4, 4},
{"cfg-bar2-64",     AT_START, ANY, tell_config, 0x18, 4, 4},
{"cfg-bar-pair",    AT_START, ANY, tell_config, 0x14, 4, 4},
{"cfg-pin-9",       AT_START, ANY, tell_config, 0x3d, 1, 9},
{"cfg-d3",          AT_START, ANY, tell_config, CFG_PM + 4, 1, 3},

/* What REGION_READ and REGION_WRITE answer */
{"count-0",         AT_REPLY, ON(REGION_READ), tell_put, 12, 4, 0},
{"count-1",         AT_REPLY, ON(REGION_READ), tell_put, 12, 4, 1},
{"count-max",       AT_REPLY, ON(REGION_READ), tell_put, 12, 4, MAX32},
{"echo-region",     AT_REPLY, ON(REGION_READ), tell_put, 8, 4, 99},
{"echo-offset",     AT_REPLY, ON(REGION_READ), tell_put, 0, 8, MAX64},

/* Requests to the client */
{"ask-unknown",     AT_REQUEST, ON(REGION_READ), tell_request, 99, 0},
{"ask-version",     AT_REQUEST, ON(REGION_READ), tell_request,
	USERWIRE_VERSION, 4},
{"ask-read",        AT_REQUEST, ON(REGION_READ), tell_request,
	USERWIRE_REGION_READ, 16},
{"ask-bare",        AT_REQUEST, ON(REGION_READ), tell_request,
	USERWIRE_DMA_READ, 0},
{"ask-15",          AT_REQUEST, ON(REGION_READ), tell_request,
	USERWIRE_DMA_READ, 15},
{"ask-17",          AT_REQUEST, ON(REGION_READ), tell_request,
	USERWIRE_DMA_READ, 17},
{"ask-2M",          AT_REQUEST, ON(REGION_READ), tell_request,
	USERWIRE_DMA_WRITE, 2 << 20},
{"ask-fd",          AT_REQUEST, ON(REGION_READ), tell_request,
	USERWIRE_DMA_READ, 16, 1},
{"ask-fd-253",      AT_REQUEST, ON(REGION_READ), tell_request,
	USERWIRE_DMA_READ, 16, LIAR_FDS},
{"dma-good",        AT_REQUEST, ON(REGION_READ), tell_dma, 0x10000, 64, 1},
{"dma-good-write",  AT_REQUEST, ON(REGION_READ), tell_dma, 0x3000000, 64, 1,
	.text = "w"},
{"dma-good-1M",     AT_REQUEST, ON(REGION_READ), tell_dma, 0x10000, 1 << 20,
	1},
{"dma-unmapped",    AT_REQUEST, ON(REGION_READ), tell_dma,
	UINT64_C(1) << 39, 64, 1},
{"dma-unmapped-w",  AT_REQUEST, ON(REGION_READ), tell_dma,
	UINT64_C(1) << 39, 64, 1, .text = "w"},
{"dma-apic",        AT_REQUEST, ON(REGION_READ), tell_dma, 0xfee00000, 4, 1,
	.text = "w"},
{"dma-wraps",       AT_REQUEST, ON(REGION_READ), tell_dma,
	-UINT64_C(4096), 8192, 1},
{"dma-0",           AT_REQUEST, ON(REGION_READ), tell_dma, 0x10000, 0, 1},
{"dma-2^63",        AT_REQUEST, ON(REGION_READ), tell_dma, 0x10000,
	UINT64_C(1) << 63, 1},
{"dma-max",         AT_REQUEST, ON(REGION_READ), tell_dma, 1, MAX64, 1},
{"dma-over",        AT_REQUEST, ON(REGION_READ), tell_dma, 0x10000,
	(1 << 20) + 1, 1},
{"dma-tail",        AT_REQUEST, ON(REGION_READ), tell_dma_ram,
	-UINT64_C(64), 64},
{"dma-edge",        AT_REQUEST, ON(REGION_READ), tell_dma_ram,
	-UINT64_C(32), 64},
{"dma-edge-write",  AT_REQUEST, ON(REGION_READ), tell_dma_ram,
	-UINT64_C(32), 64, .text = "w"},
{"dma-behind",      AT_REQUEST, ON(REGION_READ), tell_dma_ram, 0, 1},
{"dma-after-unmap", AT_REQUEST, ON(DMA_UNMAP), tell_dma, 0x10000, 64, 1},
{"dma-short",       AT_REQUEST, ON(REGION_READ), tell_dma_form, 20, 64},
{"dma-long",        AT_REQUEST, ON(REGION_READ), tell_dma_form, 80, 4},
{"dma-form-2^63",   AT_REQUEST, ON(REGION_READ), tell_dma_form, 80,
	UINT64_C(1) << 63},
{"dma-form-wraps",  AT_REQUEST, ON(REGION_READ), tell_dma_form, 20,
	-UINT64_C(12)},
{"dma-no-reply",    AT_REQUEST, ON(REGION_READ), tell_dma_form, 20, 4,
	USERWIRE_NO_REPLY},
{"dma-type-9",      AT_REQUEST, ON(REGION_READ), tell_dma_form, 20, 4, 9},
{"dma-for-ever",    AT_REQUEST, ON(REGION_READ), tell_for_ever, 64},
{"flood-small",     AT_REQUEST, ON(REGION_READ), tell_flood, 100, 4},
{"flood",           AT_REQUEST, ON(REGION_READ), tell_flood, 20000, 4},
{"flood-big",       AT_REQUEST, ON(REGION_READ), tell_flood, 100, 1 << 20},

/* Interrupts and memory */
{"event-each",      AT_REPLY, ON(SET_IRQS), tell_events, 1},
{"event-full",      AT_REPLY, ON(SET_IRQS), tell_events,
	-UINT64_C(2)},
{"event-block",     AT_REPLY, ON(SET_IRQS), tell_events, 1, 0, true},
{"event-close",     AT_REPLY, ON(SET_IRQS), tell_event_close},
{"storm",           AT_REPLY, ON(SET_IRQS), tell_storm},
{"ram-truncate",    AT_REQUEST, ON(REGION_READ), tell_ram, 0},
{"ram-seal",        AT_REQUEST, ON(REGION_READ), tell_ram, 1},
{"ram-grow",        AT_REQUEST, ON(REGION_READ), tell_ram, 2},
};

static const char *const message[] = {
	[USERWIRE_VERSION] = "VERSION",
	[USERWIRE_DMA_MAP] = "DMA_MAP",
	[USERWIRE_DMA_UNMAP] = "DMA_UNMAP",
	[USERWIRE_GET_INFO] = "GET_INFO",
	[USERWIRE_REGION_INFO] = "REGION_INFO",
	[USERWIRE_IRQ_INFO] = "IRQ_INFO",
	[USERWIRE_SET_IRQS] = "SET_IRQS",
	[USERWIRE_REGION_READ] = "REGION_READ",
	[USERWIRE_REGION_WRITE] = "REGION_WRITE",
	[USERWIRE_RESET] = "RESET",
};
/* clang-format on */

const struct lie *liar_lies(size_t *n)
{
	*n = ARRAY_SIZE(lies);
	return lies;
}

const char *liar_message(unsigned cmd)
{
	return cmd < ARRAY_SIZE(message) ? message[cmd] : NULL;
}

static bool is(const char *name, const char *spec, size_t len)
{
	return name && strlen(name) == len && !memcmp(name, spec, len);
}

static const struct lie *find(const char *spec, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++)
		if (is(lies[i].name, spec, len))
			return &lies[i];
	liar_die("%s: no such lie; see --list", spec);
}

static uint16_t message_of(const char *spec, size_t len)
{
	for (uint16_t cmd = 0; cmd < ARRAY_SIZE(message); cmd++)
		if (is(message[cmd], spec, len))
			return cmd;
	liar_die("%s: no such message", spec);
}

void liar_order(struct liar *l, const char *spec)
{
	struct told *t = &l->told[l->ntold];
	size_t len = strcspn(spec, "@:");

	if (l->ntold++ == LIAR_LIES)
		liar_die("too many lies");
	t->lie = find(spec, len);
	t->cmd = t->lie->cmd;
	t->index = t->lie->index;
	spec += len;
	if (*spec == '@') {
		len = strcspn(++spec, "/:");
		t->cmd = message_of(spec, len);
		t->index = -1;
		spec += len;
	}
	if (*spec == '/')
		t->index = (int)strtol(spec + 1, (char **)&spec, 10);
	if (*spec == ':')
		t->nth = (unsigned)strtoul(spec + 1, (char **)&spec, 10);
	if (*spec)
		liar_die("%s: not understood", spec);
}

/* The region or interrupt index in the request; -1: it has none */
static int index_of(const struct liar *l)
{
	switch (l->head.cmd) {
	case USERWIRE_REGION_INFO:
	case USERWIRE_IRQ_INFO:
	case USERWIRE_SET_IRQS:
	case USERWIRE_REGION_READ:
	case USERWIRE_REGION_WRITE:
		return (int)le_get(l->in + 8, 4);
	default:
		return -1;
	}
}

static bool due(struct liar *l, struct told *t, enum when when)
{
	if (t->lie->when != when)
		return false;
	if (when == AT_START)
		return true;
	if (t->cmd && t->cmd != l->head.cmd)
		return false;
	if (t->index >= 0 && t->index != index_of(l))
		return false;
	return ++t->seen == t->nth || !t->nth;
}

void liar_tell(struct liar *l, enum when when)
{
	for (unsigned i = 0; i < l->ntold; i++)
		if (due(l, &l->told[i], when))
			l->told[i].lie->tell(l, l->told[i].lie);
}
