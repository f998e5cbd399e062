# Second program of the guest, on the machine's files: runs commands that come over the second serial port.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /run /mnt/share
mount -t devpts -o ptmxmode=666 devpts /dev/pts
mount -t tmpfs tmpfs /run
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none share /mnt/share
ip link set lo up

exec 3</dev/ttyS1 4>/dev/ttyS1
stty -F /dev/ttyS1 raw -echo
echo ready >&4
# Each line is the number of a script in the share; the answer is that number and its exit code.
while read -r number <&3; do
  [ "$number" = off ] && break
  {
    (
      cd /mnt/share || exit
      exec sh "./$number.sh" >"./$number.out" 2>&1 </dev/null 3<&- 4>&-
    )
    echo "$number $?" >&4
  } &
done
echo o >/proc/sysrq-trigger
sleep 10
