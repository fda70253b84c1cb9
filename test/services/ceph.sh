#!/usr/bin/env bash
# Ceph on one node - a monitor, an OSD and the S3 gateway - as plain processes on loopback.
#
# usage: test/services/ceph.sh start|stop DIR
#
# Objects are kept in memory, and are gone when it stops: a start after that makes a new cluster. DIR must be short, for
# there are Unix sockets in it. Whom it knows: `glance`, `other`, and `limited`, whose quota is 8 MiB.
source "$(dirname "${BASH_SOURCE[0]}")/daemons.sh"

conf=$directory/ceph.conf

if [[ $command == stop ]]; then
  # Nothing is kept, so there is nothing to stop gently; the gateway alone would take 5 s.
  stop_daemons KILL rgw osd mon
  rm -rf "$directory/env" "$directory/data" "$conf"
  exit 0
fi

if [[ -e $directory/env ]] && is_alive mon && is_alive osd && is_alive rgw; then exit 0; fi
needs ceph ceph-authtool ceph-mon ceph-osd curl monmaptool radosgw radosgw-admin
((${#run} <= 80)) || fail "$run is too long a path for Unix sockets"
stop_daemons KILL rgw osd mon
rm -rf "$directory/env" "$directory/data" "$directory"/*.keyring "${log:?}"/*
mkdir -p "$directory/data/mon.a" "$directory/data/osd.0"

read -r messenger2 messenger1 port <<< "$(free_ports 3)"
cluster=$(cat /proc/sys/kernel/random/uuid)
cat > "$conf" << CONF
[global]
fsid = $cluster
mon initial members = a
mon host = [v2:127.0.0.1:$messenger2/0,v1:127.0.0.1:$messenger1/0]
public addr = 127.0.0.1
# Without it the OSD's heartbeats listen everywhere.
cluster addr = 127.0.0.1
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
keyring = $directory/\$name.keyring
run dir = $run
admin socket = $run/\$name.asok
log file = $log/\$name.log
log to stderr = false
err to stderr = true
mon cluster log file = $log/cluster.log
crash dir = $directory/crash
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon max pg per osd = 2000
# Nobody else proposes anything that would be worth gathering for a second.
paxos propose interval = 0.02
paxos min wait = 0.01
[mon]
mon data = $directory/data/\$name
mon allow pool size one = true
mon warn on pool no redundancy = false
mon data avail crit = 1
mon data avail warn = 2
[osd]
osd data = $directory/data/\$name
osd objectstore = memstore
memstore device bytes = ${CEPH_MEMORY:-8589934592}
osd memory target = 1073741824
osd class load list = *
osd class default list = *
[client.rgw]
# Without tcp_nodelay each GET takes 45 ms.
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw enable apis = s3, admin
rgw thread pool size = 64
rgw rados pool pg num min = 4
rgw enable usage log = false
rgw enable lc threads = false
# What is deleted is in memory, too.
rgw gc obj min wait = 2
rgw gc processor period = 2
rgw gc processor max time = 2
rgw dynamic resharding = false
rgw override bucket index max shards = 1
rgw crypt require ssl = false
[client]
admin socket =
CONF

keyring=$directory/mon.a.keyring
ceph-authtool --create-keyring "$keyring" --gen-key --name mon. --cap mon 'allow *' > /dev/null
give() {
  local name=$1
  shift
  ceph-authtool --create-keyring "$directory/$name.keyring" --gen-key --name "$name" "$@" > /dev/null
  ceph-authtool "$keyring" --import-keyring "$directory/$name.keyring" > /dev/null
}
give client.admin --cap mon 'allow *' --cap osd 'allow *'
give osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
give client.rgw --cap mon 'allow rwx' --cap osd 'allow rwx'
# From `mon host` alone the monitor would take another name and other ports, and never form a quorum.
monmaptool --create --clobber --fsid "$cluster" --enable-all-features --set-min-mon-release pacific \
  --addv a "[v2:127.0.0.1:$messenger2,v1:127.0.0.1:$messenger1]" "$directory/data/monmap" > "$log/monmap.out" 2>&1 ||
  fail "no map of the monitors could be made"

export CEPH_ARGS=""
ask() { timeout 30 ceph --conf "$conf" --connect-timeout 5 "$@"; }

ceph-mon --conf "$conf" -i a --mkfs --fsid "$cluster" --monmap "$directory/data/monmap" --keyring "$keyring" \
  > "$log/mon.mkfs.out" 2>&1 || fail "the monitor's store could not be made"
spawn mon ceph-mon --conf "$conf" -i a -f
await "the monitor" mon ask mon stat

osd=$(cat /proc/sys/kernel/random/uuid)
ask osd new "$osd" 0 > /dev/null 2> "$log/osd.new.out" || fail "the OSD could not be announced"
ceph-osd --conf "$conf" -i 0 --mkfs --osd-uuid "$osd" > "$log/osd.mkfs.out" 2>&1 || fail "the OSD's store could not be made"
spawn osd ceph-osd --conf "$conf" -i 0 -f
osd_is_up() { ask osd stat --format json | grep --quiet '"num_up_osds": *1'; }
await "the OSD" osd osd_is_up

spawn rgw radosgw --conf "$conf" -n client.rgw -f
await "the gateway" rgw curl --silent --fail --output /dev/null --max-time 3 "http://127.0.0.1:$port/"
admin() {
  timeout 60 radosgw-admin --conf "$conf" -n client.rgw "$@" > "$log/rgw-admin.out" 2>&1 || fail "radosgw-admin $*"
}
admin user create --uid=glance --display-name=Glance \
  --access-key=GLANCEACCESSKEY00001 --secret-key='glance/Secret+Key/0000000000000000000001'
admin user create --uid=other --display-name=Other \
  --access-key=OTHERACCESSKEY000001 --secret-key='other/Secret+Key/00000000000000000000001'
admin user create --uid=limited --display-name=Limited \
  --access-key=LIMITEDACCESSKEY0001 --secret-key='limited/Secret+Key/000000000000000000001'
admin quota set --quota-scope=user --uid=limited --max-size=8388608
admin quota enable --quota-scope=user --uid=limited

ready \
  "ENDPOINT=http://127.0.0.1:$port" \
  "ACCESS_KEY=GLANCEACCESSKEY00001" \
  "SECRET_KEY=glance/Secret+Key/0000000000000000000001" \
  "OTHER_ACCESS_KEY=OTHERACCESSKEY000001" \
  "OTHER_SECRET_KEY=other/Secret+Key/00000000000000000000001" \
  "LIMITED_ACCESS_KEY=LIMITEDACCESSKEY0001" \
  "LIMITED_SECRET_KEY=limited/Secret+Key/000000000000000000001"
