/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a machine stopped, and the exit status that tells it to the shell.
 *
 * The devices below know one reason each and hand it to a callback; threads,
 * timers and signals have theirs.  What is done about it is the machine's.
 */
#ifndef VMM_DEV_STOP_H
#define VMM_DEV_STOP_H

/* Exit statuses of the program beside those of the guest's command */
#define STOP_STATUS_LOST         121
#define STOP_STATUS_TRIPLE_FAULT 122
#define STOP_STATUS_PANIC        123
#define STOP_STATUS_TIMEOUT      124
#define STOP_STATUS_ERROR        125

enum stop_reason {
	STOP_NONE,         /* still running */
	STOP_POWEROFF,     /* ACPI S5 */
	STOP_RESET,        /* 0xcf9 or the keyboard controller */
	STOP_PANIC,        /* pvpanic */
	STOP_EXIT,         /* debug-exit port; .status is what it got */
	STOP_TRIPLE_FAULT, /* KVM_EXIT_SHUTDOWN */
	STOP_TIMEOUT,      /* --timeout */
	STOP_USER,         /* Ctrl-a x */
	STOP_SIGNAL,       /* SIGTERM and the like; .status is its number */
	STOP_DEVICE,       /* one was taken away, failed or is gone */
	STOP_ERROR,        /* our own; err_last() of the thread has it */
};

struct stop {
	enum stop_reason reason;
	int status; /* STOP_EXIT: 0..255; STOP_SIGNAL: 1..127; else unused */
};

/**
 * stop_fn - called by a device model when the guest asked for the end
 * @opaque: the pointer that its X_init() was given
 *
 * Context: whoever calls the model's write function.  May come more than once:
 * the first reason is the one that counts.
 */
typedef void stop_fn(void *opaque, struct stop why);

/**
 * stop_exit_status - what the program exits with
 *
 * Power-off, reset and Ctrl-a x (the user asked for it, nothing went wrong)
 * give 0, STOP_EXIT its own status, STOP_SIGNAL 128 + number as a shell would
 * say it, the rest a STOP_STATUS_*.  STOP_NONE is an error of ours: 125.
 *
 * Return: 0..255.
 */
int stop_exit_status(struct stop why);

/**
 * stop_lost_status - likewise when the guest lost a device on the way
 *
 * STOP_STATUS_LOST in place of what the guest made of itself without it;
 * signals, the clock and errors of ours count as ever.
 *
 * Return: 0..255.
 */
int stop_lost_status(struct stop why);

/** stop_name - a few words for messages: "guest powered off" */
const char *stop_name(enum stop_reason reason);

#endif
