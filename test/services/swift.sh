#!/usr/bin/env bash
# OpenStack Swift with its S3 API, one replica in a plain directory, as plain processes on loopback.
#
# usage: test/services/swift.sh start|stop DIR
#
# DIR must be on a file system with user xattrs (ext4, xfs, tmpfs of Linux 6.6 and later). A start after a stop finds
# what was there. The access key of the S3 API is an account and a user of it, `test:tester`.
source "$(dirname "${BASH_SOURCE[0]}")/daemons.sh"

daemons=(proxy account container object memcached)

if [[ $command == stop ]]; then
  stop_daemons TERM "${daemons[@]}"
  rm -f "$directory/env"
  exit 0
fi

everything_lives() {
  local name
  for name in "${daemons[@]}"; do is_alive "$name" || return 1; done
}
if [[ -e $directory/env ]] && everything_lives; then exit 0; fi
needs curl memcached swift-account-server swift-container-server swift-object-server swift-proxy-server
stop_daemons TERM "${daemons[@]}"
rm -f "$directory/env" "${log:?}"/*
mkdir -p "$directory/srv/d1"
/usr/bin/python3 - "$directory/srv" << 'PYTHON' || fail "$directory is on a file system without user xattrs"
import os, sys
path = os.path.join(sys.argv[1], '.xattr')
open(path, 'w').close()
os.setxattr(path, 'user.swift.metadata', b'x' * 2000)
os.unlink(path)
PYTHON

read -r proxy account container object cache <<< "$(free_ports 5)"

cat > "$directory/swift.conf" << CONF
[swift-hash]
swift_hash_path_prefix = loopback
swift_hash_path_suffix = tests
[storage-policy:0]
name = Policy-0
default = yes
CONF

common="bind_ip = 127.0.0.1
user = $(id -un)
swift_dir = $directory
workers = 0
conn_timeout = 5
log_level = INFO"

for entry in "account $account" "container $container" "object $object"; do
  read -r name port <<< "$entry"
  cat > "$directory/$name-server.conf" << CONF
[DEFAULT]
$common
bind_port = $port
node_timeout = 30
devices = $directory/srv
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
[pipeline:main]
pipeline = $name-server
[app:$name-server]
use = egg:swift#$name
replication_server = false
[$name-replicator]
[$name-auditor]
CONF
done

filters=(catch_errors gatekeeper healthcheck proxy-logging cache listing_formats s3api bulk tempauth copy
  container-quotas account-quotas slo dlo versioned_writes symlink)
{
  cat << CONF
[DEFAULT]
$common
bind_port = $proxy
node_timeout = 60
[pipeline:main]
pipeline = ${filters[*]} proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
error_suppression_limit = 1000
CONF
  for filter in "${filters[@]}"; do
    printf '[filter:%s]\nuse = egg:swift#%s\n' "$filter" "$(tr - _ <<< "${filter/#cache/memcache}")"
    case $filter in
      cache) printf 'memcache_servers = 127.0.0.1:%s\n' "$cache" ;;
      s3api) printf 'location = us-east-1\ns3_acl = false\n' ;;
      tempauth) cat << CONF
token_life = 86400
storage_url_scheme = http
user_test_tester = testing .admin
user_test2_tester2 = testing2 .admin
CONF
        ;;
      versioned_writes) printf 'allow_versioned_writes = true\n' ;;
    esac
  done
} > "$directory/proxy-server.conf"

# All three rings in one process: swift-ring-builder would be run nine times. A ring names ports, so it is made anew.
/usr/bin/python3 - "$directory" "account=$account" "container=$container" "object=$object" > "$log/rings.out" 2>&1 \
  << 'PYTHON' || fail "the rings could not be made"
import sys
from swift.common.ring import RingBuilder
directory = sys.argv[1]
for name, port in (argument.split('=') for argument in sys.argv[2:]):
    builder = RingBuilder(4, 1, 0)
    builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': int(port),
                     'replication_ip': '127.0.0.1', 'replication_port': int(port), 'device': 'd1', 'weight': 1.0,
                     'meta': ''})
    builder.rebalance()
    builder.validate()
    builder.get_ring().save('%s/%s.ring.gz' % (directory, name))
PYTHON

# Tempauth keeps its tokens there. The PID file is named so that the command line names the directory.
as_root=()
if ((EUID == 0)); then as_root=(-u root); fi
spawn memcached memcached -l 127.0.0.1 -p "$cache" -U 0 -m 64 "${as_root[@]}" -P "$run/memcached.own.pid"
for name in object container account proxy; do
  spawn "$name" "swift-$name-server" "$directory/$name-server.conf" -v
done
await "memcached" memcached listens "$cache"
await "the object server" object listens "$object"
await "the container server" container listens "$container"
await "the account server" account listens "$account"
await "the proxy" proxy curl --silent --fail --output /dev/null --max-time 2 "http://127.0.0.1:$proxy/healthcheck"
await "the proxy's authentication" proxy curl --silent --fail --output /dev/null --max-time 5 \
  --header 'X-Auth-User: test:tester' --header 'X-Auth-Key: testing' "http://127.0.0.1:$proxy/auth/v1.0"

ready \
  "ENDPOINT=http://127.0.0.1:$proxy" \
  "ACCESS_KEY=test:tester" \
  "SECRET_KEY=testing" \
  "OTHER_ACCESS_KEY=test2:tester2" \
  "OTHER_SECRET_KEY=testing2"
