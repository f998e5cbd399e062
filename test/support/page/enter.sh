#!/bin/bash
# Runs a script of the test in a copy of this machine's files that ends with it: overlay, network and processes of its own.
# usage: enter.sh ROOM SCRIPT; ROOM is shared with what runs there, as /room.
set -eu
if [ "${3:-}" != inside ]; then exec unshare --mount --net --pid --uts --fork --kill-child bash "$0" "$1" "$2" inside; fi
mkdir -p "$1/layers" && mount -t tmpfs tmpfs "$1/layers"
mkdir "$1/layers/upper" "$1/layers/work" "$1/layers/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/layers/upper,workdir=$1/layers/work" "$1/layers/root"
mount -t proc proc "$1/layers/root/proc"
mount --rbind /dev "$1/layers/root/dev"
mkdir "$1/layers/root/room" && mount --bind "$1/room" "$1/layers/root/room"
ip link set lo up
hostname mail.example.org
exec chroot "$1/layers/root" bash "$2"
