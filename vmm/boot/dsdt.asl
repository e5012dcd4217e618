/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The devices that a guest cannot find by itself, as ACPI tells Linux.
 *
 * Ports and interrupts are those of platform.h (a unit test compares them).
 * What depends on the guest's size stands in the named integers below, which
 * acpi.c overwrites in the compiled table: it looks for the name and this
 * very placeholder, so a placeholder must stay a 64-bit number.
 */
DefinitionBlock ("dsdt.aml", "DSDT", 2, "PASSTH", "PASSTHRU", 1)
{
    Name (ECMB, 0x5041544348000001) /* ECAM: base and length */
    Name (ECML, 0x5041544348000002)
    Name (PIOB, 0x5041544348000003) /* PCI I/O window */
    Name (PIOL, 0x5041544348000004)
    Name (M32B, 0x5041544348000005) /* PCI memory window below 4 GiB */
    Name (M32L, 0x5041544348000006)
    Name (M64B, 0x5041544348000007) /* and above RAM; length 0: none */
    Name (M64L, 0x5041544348000008)

    /* SLP_TYPa that powers the machine off: PLAT_SLP_TYP_S5 */
    Name (\_S5, Package () { 5, 0, 0, 0 })

    Scope (\_SB)
    {
        Device (PCI0)
        {
            Name (_HID, EisaId ("PNP0A08")) /* PCI Express root */
            Name (_CID, EisaId ("PNP0A03"))
            Name (_UID, 0)
            Name (_BBN, 0)
            Name (_SEG, 0)

            Name (WIN, ResourceTemplate ()
            {
                WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode,
                    0, 0, 0, 0, 1)
                IO (Decode16, 0xCF8, 0xCF8, 1, 8)
                DWordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode,
                    EntireRange, 0, 0, 0, 0, 0, , , IOW)
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
                    NonCacheable, ReadWrite, 0, 0, 0, 0, 0, , , MW32)
            })
            Name (WINH, ResourceTemplate ()
            {
                QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
                    NonCacheable, ReadWrite, 0, 0, 0, 0, 0, , , MW64)
            })

            Method (_CRS, 0, Serialized)
            {
                CreateDWordField (WIN, ^IOW._MIN, IMIN)
                CreateDWordField (WIN, ^IOW._MAX, IMAX)
                CreateDWordField (WIN, ^IOW._LEN, ILEN)
                IMIN = PIOB
                IMAX = PIOB + PIOL - 1
                ILEN = PIOL

                CreateDWordField (WIN, ^MW32._MIN, LMIN)
                CreateDWordField (WIN, ^MW32._MAX, LMAX)
                CreateDWordField (WIN, ^MW32._LEN, LLEN)
                LMIN = M32B
                LMAX = M32B + M32L - 1
                LLEN = M32L

                If (M64L == 0)
                {
                    Return (WIN)
                }
                CreateQWordField (WINH, ^MW64._MIN, HMIN)
                CreateQWordField (WINH, ^MW64._MAX, HMAX)
                CreateQWordField (WINH, ^MW64._LEN, HLEN)
                HMIN = M64B
                HMAX = M64B + M64L - 1
                HLEN = M64L
                Return (ConcatenateResTemplate (WIN, WINH))
            }

            /*
             * One row for each slot and pin.  Source 0 means: wired to the
             * I/O APIC pin in the last column, level and active low.  The
             * same rule is platform_intx_gsi().
             */
            Method (_PRT, 0, Serialized)
            {
                Local0 = Package (128) {}
                For (Local1 = 0, Local1 < 128, Local1++)
                {
                    Local2 = Local1 >> 2 /* slot */
                    Local3 = Local1 & 3  /* pin: INTA is 0 */
                    Local4 = Package (4) { 0, 0, 0, 0 }
                    Local4 [0] = (Local2 << 16) | 0xFFFF
                    Local4 [1] = Local3
                    Local4 [3] = 16 + ((Local2 + Local3) & 7)
                    Local0 [Local1] = Local4
                }
                Return (Local0)
            }

            /*
             * PME, AER and the PCIe capability are the OS's.  There is no
             * slot to hotplug into and no bridge that could do LTR.
             */
            Method (_OSC, 4, Serialized)
            {
                CreateDWordField (Arg3, 0, STAT)
                If (Arg0 != ToUUID ("33db4d5b-1ff7-401c-9657-7441c03dd766"))
                {
                    STAT |= 4 /* unrecognised UUID */
                    Return (Arg3)
                }
                If (Arg1 != 1)
                {
                    STAT |= 8 /* unrecognised revision */
                    Return (Arg3)
                }
                CreateDWordField (Arg3, 8, CTRL)
                Local0 = CTRL & 0x1C
                If (Local0 != CTRL)
                {
                    STAT |= 0x10 /* some bits were not granted */
                }
                CTRL = Local0
                Return (Arg3)
            }
        }

        /* Linux uses ECAM only when E820 and a PNP0C02 both reserve it. */
        Device (ECAM)
        {
            Name (_HID, EisaId ("PNP0C02"))
            Name (_UID, 0)
            Name (BUF, ResourceTemplate ()
            {
                QWordMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed,
                    NonCacheable, ReadWrite, 0, 0, 0, 0, 0, , , ECM)
            })
            Method (_CRS, 0, Serialized)
            {
                CreateQWordField (BUF, ^ECM._MIN, EMIN)
                CreateQWordField (BUF, ^ECM._MAX, EMAX)
                CreateQWordField (BUF, ^ECM._LEN, ELEN)
                EMIN = ECMB
                EMAX = ECMB + ECML - 1
                ELEN = ECML
                Return (BUF)
            }
        }

        Device (COM1)
        {
            Name (_HID, EisaId ("PNP0501")) /* 16550A */
            Name (_UID, 1)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x03F8, 0x03F8, 1, 8)
                IRQNoFlags () { 4 }
            })
        }

        Device (COM2)
        {
            Name (_HID, EisaId ("PNP0501"))
            Name (_UID, 2)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x02F8, 0x02F8, 1, 8)
                IRQNoFlags () { 3 }
            })
        }

        /* No interrupt: the 8250 driver then polls by a timer. */
        Device (COM3)
        {
            Name (_HID, EisaId ("PNP0501"))
            Name (_UID, 3)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x03E8, 0x03E8, 1, 8)
            })
        }

        Device (RTC)
        {
            Name (_HID, EisaId ("PNP0B00"))
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0070, 0x0070, 1, 2)
                IRQNoFlags () { 8 }
            })
        }

        Device (PVPN)
        {
            Name (_HID, "QEMU0001") /* pvpanic, as its Linux driver looks */
            Name (_STA, 0x0F)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0505, 0x0505, 1, 1)
            })
        }
    }
}
