# What both ways into the guest do before the command: modules in place, names, loopback.
# Sourced in the guest as root, with /run/lab/job/settings already read.

make_ready() {
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
  # Panics show on the console; everything else stays in dmesg, where it costs nothing.
  dmesg -n 3
}
