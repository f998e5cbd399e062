#!/bin/sh
# Takes a data call as the network does: pppd in the name space of the carrier. carrier.options says how this time.
cd /mnt/share || exit
options=
silent=
[ ! -f carrier.options ] || . ./carrier.options
[ -z "$silent" ] || exec sleep 600
exec ip netns exec carrier pppd notty nodetach local noauth nodefaultroute noipdefault logfile /mnt/share/carrier.log \
  lcp-restart 1 10.64.64.1:10.64.64.2 ms-dns 192.0.2.1 $options
