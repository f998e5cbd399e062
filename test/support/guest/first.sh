#!/bin/busybox sh
# First program of the guest, in its initial RAM disk: the machine's own files, read-only, below files in memory.
b=/bin/busybox
$b mkdir -p /proc /host /memory
$b mount -t proc proc /proc
for module in /modules/*; do
  $b insmod "$module" || echo "insmod $module failed"
done
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro host /host
$b mount -t tmpfs tmpfs /memory
$b mkdir /memory/upper /memory/work /memory/root
$b mount -t overlay overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work /memory/root
exec $b switch_root /memory/root /bin/sh -c "$($b sed 's/.*guest=\([^ ]*\).*/. \1/' /proc/cmdline)"
