/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of the passthru program, one function each.
 *
 * Each parses its own arguments, does its work, prints and returns an exit
 * status; main() chooses the command and does nothing else.
 */
#ifndef VMM_CLI_CMD_H
#define VMM_CLI_CMD_H

#define EXIT_OWN_ERROR 125 /* passthru itself failed, or a usage error */

/**
 * cmd_list - `passthru list`: print every PCI device
 * @argc: number of @argv
 * @argv: argv[0] is the command's name, its arguments follow
 *
 * Return: exit status: 0, or EXIT_OWN_ERROR after the message is printed.
 */
int cmd_list(int argc, char **argv);

/** cmd_info - `passthru info`: what VFIO says of a device; as cmd_list() */
int cmd_info(int argc, char **argv);
/**
 * cmd_doctor - `passthru doctor`: what stands in a guest's way, and its cure
 *
 * Return: exit status: 0 ready, 1 not ready, or EXIT_OWN_ERROR.
 */
int cmd_doctor(int argc, char **argv);

/** cmd_bind - `passthru bind`: groups to vfio-pci; as cmd_list() */
int cmd_bind(int argc, char **argv);

/** cmd_restore - `passthru restore`: devices to their drivers; likewise */
int cmd_restore(int argc, char **argv);

/**
 * cmd_run - `passthru run`: boot a guest; arguments as cmd_list()
 *
 * Return: exit status: the guest command's, or one of 122..125, 128+n.
 */
int cmd_run(int argc, char **argv);

/**
 * cmd_test - `passthru test`: a guest against what a file expects of it
 *
 * Return: exit status: 0, 1 when something is not as expected, or as cmd_run().
 */
int cmd_test(int argc, char **argv);

#endif
