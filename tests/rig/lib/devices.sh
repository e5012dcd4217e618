# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Devices of many kinds as QEMU options: what each is called here, and what it
# needs to be of use. Pure, as machine.sh, whose array QEMU it fills.

# A virtio device that is not told so reads memory past the IOMMU
VIRTIO=disable-legacy=on,iommu_platform=on

# Names that are shortcuts of --hw by themselves, some with :SIZE
DEVICES="e1000e igb rtl8139 e1000 e1000-82544gc e1000-82545em vmxnet3 pcnet
i82550 i82557b i82559er i82801 tulip ne2k_pci virtio-net virtio-blk
virtio-scsi ahci piix3-ide piix4-ide megasas megasas-gen2 mptsas1068 pvscsi
lsi53c895a lsi53c810 am53c974 dc390 sdhci-pci qemu-xhci nec-usb-xhci
ich9-usb-ehci1 usb-ehci piix3-usb-uhci ich9-usb-uhci1 pci-ohci ivshmem testdev
edu virtio-rng virtio-balloon virtio-serial virtio-crypto virtio-keyboard
virtio-gpu virtio-9p pci-serial pci-serial-2x pci-serial-4x AC97 ES1370
intel-hda ich9-intel-hda i6300esb pvpanic-pci pci-ipmi-kcs pci-ipmi-bt VGA
bochs-display secondary-vga cirrus-vga vmware-svga"

# device_known SPEC: is it one of them?
device_known() {
	# shellcheck disable=SC2086
	printf '%s\n' $DEVICES | grep -qx -e "${1%%:*}"
}

# Bytes for a NIC to carry, the same for all of a run
blob_make() { # JOBDIR
	[ -e "$1/blob" ] || head -c 16M /dev/urandom >"$1/blob"
}

# peer_nic_add MODEL PLACE JOBDIR: a NIC, called rigc<port>.<device>, and
# 10.0.2.100 serves TCP: port 19 sends 16 MiB, 9 takes bytes and says `equal` if
# they are those
peer_nic_add() {
	local id=rignet${#QEMU[@]} to=guestfwd=tcp:10.0.2.100 at=0
	case $2 in
	*addr=*) at=${2##*addr=} ;;
	esac
	blob_make "$3"
	QEMU+=(-netdev "user,id=$id,$to:19-cmd:cat $3/blob\
,$to:9-cmd:sh -c 'cmp - $3/blob && echo equal'"
		-device "$1,id=rigc$PORTS.$at,netdev=$id,$2")
}

# drive_add SIZE JOBDIR: sets DRIVE to the id of a disk that lives as long as
# this run
drive_add() {
	local f=$2/disk${#QEMU[@]}.img
	DRIVE=rigdisk${#QEMU[@]}
	truncate -s "$1" "$f" || rig_die "bad size $1 of a disk (try 64M)"
	QEMU+=(-drive "file=$f,format=raw,if=none,id=$DRIVE,cache=unsafe")
}

# behind_add CONTROLLER DEVICE PLACE SIZE JOBDIR: a disk, a stick or a card
behind_add() {
	local id=rigc${#QEMU[@]}
	drive_add "$4" "$5"
	QEMU+=(-device "$1,id=$id,$3" -device "$2,drive=$DRIVE,bus=$id$6")
}

# echo_add JOBDIR: sets ECHO to a character device that says what it is told
echo_add() {
	ECHO=rigecho${#QEMU[@]}
	mkfifo "$1/$ECHO"
	QEMU+=(-chardev "pipe,id=$ECHO,path=$1/$ECHO")
}

# serial_add NAME PORTS PLACE JOBDIR
serial_add() {
	local n props=
	for ((n = 1; n <= $2; n++)); do
		echo_add "$4"
		props+=,chardev$n=$ECHO
	done
	[ "$2" != 1 ] || props=,chardev=$ECHO
	QEMU+=(-device "$1$props,$3")
}

# sound_add NAME PLACE: who listens takes time, as a loudspeaker does
sound_add() {
	local id=rigs${#QEMU[@]}
	QEMU+=(-audiodev "none,id=$id")
	case $1 in
	*hda) QEMU+=(-device "$1,id=c$id,$2"
		-device "hda-duplex,audiodev=$id,bus=c$id.0") ;;
	*) QEMU+=(-device "$1,audiodev=$id,$2") ;;
	esac
}

# virtio_add KIND PLACE JOBDIR: those that are no NIC and no disk
virtio_add() {
	local n=${#QEMU[@]} model=virtio-$1-pci,$VIRTIO
	case $1 in
	serial)
		echo_add "$3"
		QEMU+=(-device "$model,id=rigc$n,$2" -device
			"virtserialport,chardev=$ECHO,bus=rigc$n.0,name=rig.echo") ;;
	crypto)
		QEMU+=(-object "cryptodev-backend-builtin,id=rigk$n"
			-device "$model,cryptodev=rigk$n,$2") ;;
	9p)
		mkdir "$3/share$n"
		QEMU+=(-fsdev "local,id=rigf$n,path=$3/share$n,$P9_OPTIONS"
			-device "$model,fsdev=rigf$n,mount_tag=rigshare,$2") ;;
	*) QEMU+=(-device "$model,$2") ;;
	esac
}

# other_add NAME PLACE JOBDIR: what is no disk and no NIC
other_add() {
	local n=${#QEMU[@]}
	case $1 in
	virtio-*) virtio_add "${1#virtio-}" "$2" "$3" ;;
	pci-serial) serial_add "$1" 1 "$2" "$3" ;;
	pci-serial-?x) serial_add "$1" "${1:11:1}" "$2" "$3" ;;
	AC97 | ES1370 | *-hda) sound_add "$1" "$2" ;;
	pci-ipmi-*)
		QEMU+=(-device "ipmi-bmc-sim,id=rigb$n"
			-device "$1,bmc=rigb$n,$2") ;;
	i6300esb) # its end is seen in the device, not by the outer machine
		QEMU+=(-action watchdog=none -device "$1,$2") ;;
	testdev)
		QEMU+=(-device "pci-testdev,$2") ;;
	*) QEMU+=(-device "$1,$2") ;;
	esac
}

# device_add NAME PLACE JOBDIR: one of the devices of many kinds, and what it
# needs; PLACE is bus=...[,addr=...]
device_add() {
	local size=64M n=${#QEMU[@]} name=${1%%:*}
	case $1 in
	*:*) size=${1#*:} ;;
	esac
	case $name in
	virtio-net)
		peer_nic_add "virtio-net-pci,$VIRTIO" "$2" "$3" ;;
	e1000-* | vmxnet3 | pcnet | i82* | tulip | ne2k_pci)
		peer_nic_add "$name,romfile=" "$2" "$3" ;;
	e1000* | igb | rtl8139)
		peer_nic_add "$name" "$2" "$3" ;;
	virtio-blk)
		drive_add "$size" "$3"
		QEMU+=(-device "virtio-blk-pci,$VIRTIO,drive=$DRIVE,$2") ;;
	ahci)
		behind_add ich9-ahci ide-hd "$2" "$size" "$3" .0 ;;
	piix?-ide)
		behind_add "$name" ide-hd "$2" "$size" "$3" .0 ;;
	virtio-scsi)
		behind_add "virtio-scsi-pci,$VIRTIO" scsi-hd "$2" "$size" \
			"$3" .0 ;;
	mega* | mptsas1068 | pvscsi | lsi* | am53c974 | dc390)
		behind_add "$name" scsi-hd "$2" "$size" "$3" .0 ;;
	sdhci-pci)
		drive_add "$size" "$3"
		QEMU+=(-device "$name,$2"
			-device "sd-card,drive=$DRIVE,bus=sd-bus") ;;
	*xhci | *ehci* | *uhci* | *ohci)
		behind_add "$name" usb-storage "$2" "$size" "$3" .0 ;;
	ivshmem)
		QEMU+=(-object "memory-backend-memfd,id=rigm$n,size=$size"
			-device "ivshmem-plain,memdev=rigm$n,$2") ;;
	*) other_add "$name" "$2" "$3" ;;
	esac
}
