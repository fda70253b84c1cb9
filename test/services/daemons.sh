# What the scripts of the services share: daemons as plain processes below one directory. Sourced, not run.
#
# A service is `<name>.sh start DIR` and `<name>.sh stop DIR`. DIR/env is written last, when everything answers;
# DIR/run has a PID file a daemon, DIR/log what each has said. Everything listens on 127.0.0.1 alone, on ports that were
# free, so that two runs do not meet.
set -euo pipefail
# Debian's interpreter, whatever else there is.
PATH=/usr/sbin:/usr/bin:/sbin:/bin

command=${1:-} directory=${2:-}
[[ ($command == start || $command == stop) && -n $directory ]] || {
  printf 'usage: %s start|stop DIR\n' "$0" >&2
  exit 2
}
script=$(readlink --canonicalize "$0")
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
log=$directory/log run=$directory/run
# Seconds that a daemon may take before it answers.
patience=${SERVICE_PATIENCE:-90}

# fail WHY: the last lines of every log, and the reason.
fail() {
  local file
  for file in "$log"/*; do
    [[ -s $file ]] || continue
    printf -- '--- %s\n' "$file" >&2
    tail -n 15 "$file" >&2
  done
  printf '%s: %s\n' "$0" "$*" >&2
  exit 1
}

# A PID is ours while its command line names this directory: a number may have been given to another process since, and
# one that has ended may not be reaped yet. It is looked at twice: for a moment in the middle of its start, and of writing
# a title for itself, a process that lives has no such line.
is_alive() {
  local pid
  pid=$(cat "$run/$1.pid" 2> /dev/null) && [[ -n $pid ]] || return 1
  is_ours "$pid" || { sleep 0.1 && is_ours "$pid"; }
}

is_ours() { tr '\0' ' ' 2> /dev/null < "/proc/$1/cmdline" | grep --quiet --fixed-strings "$directory"; }

# spawn NAME COMMAND...: which stays in the foreground, so that the PID is the daemon's own.
spawn() {
  local name=$1
  shift
  is_alive "$name" && return
  # Not the lock of this script: it would be held for as long as the daemon lives.
  setsid nohup "$@" >> "$log/$name.out" 2>&1 < /dev/null 9>&- &
  printf '%s\n' $! > "$run/$name.pid"
}

# await WHAT NAME COMMAND...: until the command succeeds, for as long as the daemon lives.
await() {
  local what=$1 name=$2 until=$((SECONDS + patience))
  shift 2
  until "$@" > /dev/null 2>&1; do
    ((SECONDS < until)) || fail "$what did not answer in $patience s"
    is_alive "$name" || fail "$name has ended while $what was waited for"
    sleep 0.05
  done
}

# free_ports N: ports nobody listens on, below those that the system gives to whoever connects: one of these could be
# taken before the daemon has come to listen on it.
free_ports() {
  /usr/bin/python3 - "$1" << 'PYTHON'
import random, socket, sys
sockets = []
while len(sockets) < int(sys.argv[1]):
    one = socket.socket()
    try:
        one.bind(('127.0.0.1', random.randrange(10240, 32768)))
        sockets.append(one)
    except OSError:
        one.close()
print(*(one.getsockname()[1] for one in sockets))
PYTHON
}

listens() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

# stop_daemons SIGNAL NAME...: and waits until they are gone.
stop_daemons() {
  local signal=$1 name pid tries
  shift
  for name in "$@"; do
    is_alive "$name" || continue
    pid=$(cat "$run/$name.pid")
    kill -s "$signal" "$pid" 2> /dev/null || true
    for ((tries = 0; tries < 100; tries++)); do
      is_alive "$name" || break
      sleep 0.1
    done
    if is_alive "$name"; then kill -s KILL "$pid"; fi
    rm -f "$run/$name.pid"
  done
}

needs() {
  local program
  for program in "$@"; do
    command -v "$program" > /dev/null || fail "there is no $program: run test/services/install.sh"
  done
}

# ready LINE...: everything answers. Where SERVICE_OWNER is a process, the service is stopped when that has ended, should
# it not have come to stop it itself.
ready() {
  printf '%s\n' "$@" > "$directory/env.new"
  mv "$directory/env.new" "$directory/env"
  [[ -n ${SERVICE_OWNER:-} ]] || return 0
  setsid nohup bash -c '
    while [[ -e /proc/$1 && -e $2/env ]]; do sleep 1; done
    if [[ -e $2/env ]]; then exec bash "$3" stop "$2"; fi
  ' watch "$SERVICE_OWNER" "$directory" "$script" > /dev/null 2>&1 < /dev/null 9>&- &
}

# One start or stop at a time: test files run beside each other, and each starts what it needs.
exec 9> "$directory/lock"
flock 9
mkdir -p "$log" "$run"
