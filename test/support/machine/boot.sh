#!/bin/sh
# boot.sh DIR NAME CGROUP: Debian's systemd on a copy of this machine's files, in namespaces of its own. DIR holds the
# changes, in memory; CGROUP is an empty group of cgroup2. Started as a new mount, process, network, UTS and IPC namespace.
set -e
dir=$1 name=$2 cgroup=$3
mount --make-rprivate /
mount -t tmpfs tmpfs "$dir"
mkdir "$dir/upper" "$dir/work" "$dir/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/upper,workdir=$dir/work" "$dir/root"
cd "$dir/root"
echo 0 >"$cgroup/cgroup.procs"
hostname "$name"
echo "$name" >etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >etc/hosts
# The machine that was copied may refuse to start services at an installation.
rm -f usr/sbin/policy-rc.d
rm -f var/lib/man-db/auto-update
tr -d - </proc/sys/kernel/random/uuid >etc/machine-id
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  IFS=: read -r file major minor <<END
$node
END
  mknod -m 666 "dev/$file" c "$major" "$minor"
done
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
mkdir run/old
pivot_root . run/old
exec unshare --cgroup sh -c '
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  umount -l /run/old
  exec env -i container=demarc PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=basic.target
'
