# Prepares the guest before the command: kernel modules, host name, loopback, disk.
# Sourced in the guest as root, after /run/lab/job/settings.

prepare_guest() {
  mkdir -p "/lib/modules/$(uname -r)"
  mount --bind "$LAB_MODULES" "/lib/modules/$(uname -r)"
  mount -t debugfs debug /sys/kernel/debug
  hostname lab
  if [ -n "$LAB_DISK" ]; then
    modprobe -a virtio_blk ext4
    mkdir -p /disk
    mount -t ext4 /dev/vda /disk
  fi
  ip link set lo up
  # Only panics go to the console, which is slow; everything else stays in dmesg.
  dmesg -n 3
}
