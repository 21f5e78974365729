"""Sends Ethernet frames on one interface and prints which of them arrive at another one.

Usage: frames.py SENDER RECEIVER; standard input has one frame a line, as hexadecimal digits. Standard output
has one arrived frame a line, with its VLAN tags. An interface may be `NETNS/NAME`.
"""

import ctypes
import os
import select
import socket
import struct
import sys
import time

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_IGNORE_OUTGOING = 23
VLAN_VALID = 1 << 4
TPID_VALID = 1 << 6
CLONE_NEWNET = 0x40000000
# Seconds without a frame after which nothing more is expected, once the kernel has no frame in hand.
QUIET = 0.3
# Frames that are sent without a look at the kernel's queue, which holds 1,000 (netdev_max_backlog).
BURST = 100
# Columns of /proc/net/softnet_stat (net/core/net-procfs.c).
DROPPED = 1
QUEUED = 11


def interface(name):
    """A raw socket on it; the process stays in the namespace of the interface."""
    if "/" in name:
        namespace, name = name.split("/")
        with open("/run/netns/" + namespace) as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    raw.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
    raw.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    raw.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    raw.bind((name, 0))
    return raw


def arrived(raw):
    data, extra, _, _ = raw.recvmsg(65536, 256)
    for _, kind, value in extra:
        if kind != PACKET_AUXDATA:
            continue
        status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", value[:20])
        if status & VLAN_VALID:
            tag = struct.pack("!HH", tpid if status & TPID_VALID else 0x8100, tci)
            data = data[:12] + tag + data[12:]
    return data


def softnet(column):
    """A figure of all processors together. The frames of a veth pair wait there until a slow machine has time."""
    with open("/proc/net/softnet_stat") as file:
        return sum(int(line.split()[column], 16) for line in file)


def main():
    sender, receiver = sys.argv[1:3]
    home = open("/proc/self/ns/net")
    incoming = interface(receiver)
    ctypes.CDLL(None).setns(home.fileno(), CLONE_NEWNET)
    outgoing = interface(sender)
    dropped = softnet(DROPPED)
    for number, line in enumerate(sys.stdin, 1):
        outgoing.send(bytes.fromhex(line))
        while number % BURST == 0 and softnet(QUEUED) > 0:
            time.sleep(0.001)
    passed = False
    while not passed:
        passed = softnet(QUEUED) == 0
        while select.select([incoming], [], [], QUIET)[0]:
            print(arrived(incoming).hex())
    if softnet(DROPPED) > dropped:
        sys.exit("the kernel's queue was full, so frames are missing")
    sys.stdout.flush()
    os._exit(0)


main()
