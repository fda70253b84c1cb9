#!/usr/bin/env bash
# Installs what the integration tests run against, from Debian's own packages.
#
# usage: test/services/install.sh [group...]      (every group of the table, if none is named)
#
# Needs root where something is missing, and does nothing where all is there. Nothing is started: Debian would start
# some daemons as it installs them, on their usual ports, and `policy-rc.d` forbids that meanwhile. An unknown group, a
# machine without apt and a user who may not install are errors with a reason, never a skip.
#
# The original is a library for Debian's interpreter: run it with /usr/bin/python3, whatever `python3` may be.
set -euo pipefail

declare -A packages=(
  # The original glance_store, which the interop tests ask (test/interop).
  [oracle]="python3-glance-store python3-boto3"
  # A Ceph cluster of one node with its S3 gateway (ceph.sh).
  [ceph]="ceph-mon ceph-osd radosgw ceph-common curl"
  # nginx, and what makes its certificates (nginx.sh).
  [nginx]="nginx-light openssl"
  # OpenStack Swift with its S3 API (swift.sh).
  [swift]="swift-proxy swift-account swift-container swift-object memcached curl"
)

fail() {
  printf 'test/services/install.sh: %s\n' "$*" >&2
  exit 1
}

groups=("$@")
if ((${#groups[@]} == 0)); then groups=("${!packages[@]}"); fi

wanted=()
for group in "${groups[@]}"; do
  [[ -n $group && -n ${packages[$group]:-} ]] || fail "unknown group \"$group\"; known are: ${!packages[*]}"
  read -ra names <<< "${packages[$group]}"
  wanted+=("${names[@]}")
done

is_installed() {
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2> /dev/null) == installed ]]
}

missing=()
for package in "${wanted[@]}"; do
  is_installed "$package" || missing+=("$package")
done
if ((${#missing[@]} == 0)); then exit 0; fi

command -v apt-get > /dev/null ||
  fail "cannot install ${missing[*]}: this machine has no apt-get, and only Debian's packages were tried"
((EUID == 0)) ||
  fail "cannot install ${missing[*]}: that needs root; run this once: sudo ${BASH_SOURCE[0]} ${groups[*]}"

# Another of these may be at work, too, and would take the guard away.
exec 9> /run/effect-glance-store-install.lock
flock 9

guard=/usr/sbin/policy-rc.d
if [[ ! -e $guard ]]; then
  trap 'rm -f "$guard"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$guard"
  chmod 755 "$guard"
fi

export DEBIAN_FRONTEND=noninteractive
# Another apt may be at work: wait for it.
apt=(apt-get --quiet --quiet --option DPkg::Lock::Timeout=300)

printf 'installing %s\n' "${missing[*]}"
# A stale index is only a fault if the packages cannot be had from it.
"${apt[@]}" update || printf 'test/services/install.sh: apt-get update failed, going on with the index there is\n' >&2
"${apt[@]}" install --yes --no-install-recommends "${missing[@]}" > /dev/null ||
  fail "apt-get could not install ${missing[*]}"
