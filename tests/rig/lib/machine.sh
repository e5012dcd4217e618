# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2054
#
# The outer machine as a QEMU command line: CPU with SVM, VT-d IOMMU, root
# ports and the devices behind them. Pure: fills the array QEMU, starts
# nothing. The n-th root port becomes PCI bus n, its device 0000:0n:00.0.

QEMU=()
PORTS=0

# An oops must end the run, with its text in the console log; mitigations cost
# an emulated CPU time and protect nobody here. On a busy host the timer may
# not tick often enough to pass the check of the kernel, which panics then.
# An emulated CPU stands still while a busy host does something else: its kernel
# takes that for a hang after minutes, not after twenty seconds.
MACHINE_CMDLINE="console=ttyS0 loglevel=6 panic=-1 oops=panic intel_iommu=on \
tsc=unstable no_timer_check mitigations=off watchdog_thresh=60 \
rcupdate.rcu_cpu_stall_timeout=120"

P9_OPTIONS=security_model=none,multidevs=remap

# port_add: one more PCIe root port, called rigp<n>
port_add() {
	PORTS=$((PORTS + 1))
	QEMU+=(-device "pcie-root-port,id=rigp$PORTS,chassis=$PORTS,slot=$PORTS")
}

# nic_add MODEL FUNCTION[,OPTION]: a NIC with user networking on the last port,
# called rigc<n>.<function>
nic_add() {
	local at=$PORTS.${2%%,*}
	local id=rign$at
	QEMU+=(-netdev "user,id=$id"
		-device "$1,id=rigc$at,netdev=$id,bus=rigp$PORTS,addr=0.$2")
}

# conventional_add JOBDIR NAME...: a PCI bus behind a bridge behind a port
conventional_add() {
	local job=$1 slot=0 name
	shift
	port_add
	QEMU+=(-device "pcie-pci-bridge,id=rigb$PORTS,bus=rigp$PORTS")
	for name; do
		slot=$((slot + 1))
		device_add "$name" "bus=rigb$PORTS,addr=$slot" "$job"
	done
}

# nvme_add SIZE JOBDIR: a disk that lives as long as this run
nvme_add() {
	local id=rigd$PORTS f=$2/nvme$PORTS.img
	truncate -s "$1" "$f" || rig_die "nvme: bad size $1 (try nvme:256M)"
	QEMU+=(-drive "file=$f,format=raw,if=none,id=$id,cache=unsafe"
		-device "nvme,serial=$id,drive=$id,bus=rigp$PORTS")
}

# twin_add SOCKET0 SOCKET1: a software BCM5720's two functions. Nothing says
# that they are separate (ACS), so they are one IOMMU group.
twin_add() {
	local f
	[ $PORTS -gt 0 ] || port_add
	port_add
	for f in 0 1; do
		QEMU+=(-device "{\"driver\":\"vfio-user-pci\",\"bus\":\"rigp$PORTS\",\
\"addr\":\"0.$f\",\"multifunction\":true,\
\"socket\":{\"type\":\"unix\",\"path\":\"$1\"}}")
		shift
	done
}

# monitor_add JOBDIR: QEMU's monitor (HMP) as the virtio port rig.monitor. A
# character device has one front end, so two of them are joined by a socket.
monitor_add() {
	QEMU+=(-device virtio-serial-pci,id=rigm
		-chardev "socket,id=mon,path=$1/monitor,server=on,wait=off"
		-mon chardev=mon,mode=readline
		-chardev "socket,id=cmon,path=$1/monitor"
		-device virtserialport,bus=rigm.0,chardev=cmon,name=rig.monitor)
}

# hw_add SPEC JOBDIR: a shortcut, or QEMU arguments taken as shell words
hw_add() {
	local words names
	case $1 in
	e1000e-pair)
		[ $PORTS -gt 0 ] || port_add
		port_add
		nic_add e1000e 0,multifunction=on
		nic_add e1000e 1
		;;
	conventional:*)
		mapfile -t -d , names < <(printf %s "${1#*:}")
		conventional_add "$2" "${names[@]}"
		;;
	nvme)
		hw_add nvme:64M "$2"
		;;
	nvme:*)
		port_add
		nvme_add "${1#nvme:}" "$2"
		;;
	bcm5720 | bcm5720:*)
		twin_plan "${1#bcm5720}" "$2"
		twin_add "$2/bcm5720.0" "$2/bcm5720.1"
		;;
	bcm5720-at:*,*)
		words=${1#*:}
		twin_add "${words%%,*}" "${words#*,}"
		;;
	port)
		port_add
		;;
	monitor)
		monitor_add "$2"
		;;
	-*)
		mapfile -t words < <(printf '%s\n' "$1" | xargs -n 1 printf '%s\n')
		QEMU+=("${words[@]}")
		;;
	*)
		device_known "$1" || rig_die "--hw $1: neither a shortcut nor a QEMU" \
			"option (rig --help lists the shortcuts)"
		port_add
		device_add "$1" "bus=rigp$PORTS" "$2"
		;;
	esac
}

# iommu_add NAME: in DMAR or in IVRS
iommu_add() {
	case $1 in
	intel) QEMU+=(-device "intel-iommu,intremap=on,caching-mode=on") ;;
	amd) QEMU+=(-device amd-iommu,intremap=on) ;;
	*) rig_die "--iommu $1: intel or amd" ;;
	esac
}

# initrd_with_acpi JOBDIR INITRD TABLE...: an initramfs that brings the kernel
# ACPI tables in place of the firmware's (Documentation/admin-guide/acpi/
# initrd_table_override.rst); prints its name
initrd_with_acpi() {
	local job=$1 initrd=$2 dir=kernel/firmware/acpi
	shift 2
	mkdir -p "$job/acpi/$dir"
	cp "$@" "$job/acpi/$dir/" || rig_die "--acpi $*: cannot be read"
	(cd "$job/acpi" && find kernel | cpio --quiet -H newc -o) >"$job/initrd"
	cat "$initrd" >>"$job/initrd"
	echo "$job/initrd"
}

# machine_base KERNELDIR MEMORY APPEND INITRD IOMMU: what every outer machine has
machine_base() {
	tree_argv usr/bin/qemu-system-x86_64
	QEMU+=("${TREE_ARGV[0]}" --preload "$RIG_DIR/mend.so"
		"${TREE_ARGV[@]:1}" -L "$TREE/usr/share/qemu"
		-L "$TREE/usr/share/seabios"
		-M q35,memory-backend=mem0 -m "$2"
		-object "memory-backend-memfd,id=mem0,size=$2,share=on"
		-accel tcg,thread=multi -smp 2 -cpu EPYC,+svm,+npt
		-nodefaults -display none -vga none -nic none -no-reboot
		-kernel "$1/vmlinux" -initrd "$4"
		-append "$MACHINE_CMDLINE${3:+ $3}"
		-drive "file=$RIG_DIR/root.erofs,format=raw,if=virtio,readonly=on"
		-drive "file=$1/modules.erofs,format=raw,if=virtio,readonly=on")
	iommu_add "$5"
}

# share_add TAG PATH [readonly]: a directory of ours, by 9p
share_add() {
	local ro=
	[ "${3:-}" != readonly ] || ro=,readonly=on
	QEMU+=(-fsdev "local,id=fs$1,path=${2//,/,,}$ro,$P9_OPTIONS"
		-device "virtio-9p-pci,fsdev=fs$1,mount_tag=$1")
}

# channels_add JOBDIR: console log, and the ports that carry the job's output
channels_add() {
	local c
	QEMU+=(-chardev "file,id=console,path=$1/console.log"
		-serial chardev:console -device virtio-serial-pci,max_ports=8)
	for c in out err status; do
		QEMU+=(-chardev "file,id=c$c,path=$1/$c"
			-device "virtserialport,chardev=c$c,name=rig.$c")
	done
}

# terminal_add: a person's terminal as hvc0
terminal_add() {
	QEMU+=(-chardev stdio,id=term,signal=off
		-device virtconsole,chardev=term)
}
