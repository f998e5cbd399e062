# The places of the test: a carrier with the servers behind it, and a Wi-Fi that has the default route.
# 192.0.2.1 is the servers' address; it is there in the Wi-Fi as well, to see that nothing goes that way.
set -e
modprobe ppp_async
modprobe veth
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6

ip netns add carrier
ip -n carrier link set lo up
ip -n carrier addr add 192.0.2.1/32 dev lo
ip netns exec carrier dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --user=root --pid-file=/run/dnsmasq.pid \
  --listen-address=192.0.2.1 --address=/mail.ringpost.test/192.0.2.1 --address=/ringpost.test/

ip netns add wifi
ip link add wlan0 type veth peer name ap netns wifi
ip addr add 10.7.0.2/24 dev wlan0
ip link set wlan0 up
ip -n wifi addr add 10.7.0.1/24 dev ap
ip -n wifi addr add 192.0.2.1/32 dev lo
ip -n wifi link set lo up
ip -n wifi link set ap up
# Known neighbours, so that not even ARP crosses it.
ip neigh replace 10.7.0.1 lladdr "$(ip netns exec wifi cat /sys/class/net/ap/address)" dev wlan0 nud permanent
ip route add default via 10.7.0.1 dev wlan0
ip netns exec wifi tcpdump -i ap -n -tt -l --immediate-mode not icmp6 >/run/wifi.pcap.txt 2>/run/wifi.pcap.log &
echo 0 >/proc/sys/net/ipv6/conf/default/disable_ipv6
printf 'nameserver 10.7.0.1\n' >/etc/resolv.conf.test
rm -f /etc/resolv.conf
mv /etc/resolv.conf.test /etc/resolv.conf

# As a package does it, without users and units: no systemd runs here.
mkdir /tmp/package
DESTDIR=/tmp/package sh "$CHECKOUT/hardware/install.sh" --device --no-program
cp -a /tmp/package/. /
useradd --no-create-home --groups dip field
useradd --no-create-home ringpost
