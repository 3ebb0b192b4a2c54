#!/bin/sh
# upkeep-runtime: the first process of a container. It starts the apps, passes signals on, collects orphans, which Node
# does not, and ends with the code that the daemon says. It stays though the daemon is killed: the next one says it then.
#
#   UPKEEP_NODE  the Node to run with; default: the one in PATH
script=$0
while [ -L "$script" ]; do
  link=$(readlink "$script")
  case $link in
    /*) script=$link ;;
    *) script=${script%/*}/$link ;;
  esac
done
case $script in
  */*) folder=${script%/*} ;;
  *) folder=. ;;
esac
program=$folder/../container.cjs
node=${UPKEEP_NODE:-node}

home=${UPKEEP_HOME:-${PM2_HOME:-${HOME:-/root}/.upkeep}}
case $home in
  /*) ;;
  *) home=$PWD/$home ;;
esac
# Nothing is made yet: `--help` should leave no trace.
above=$home
until [ -e "$above" ] || [ "$above" = "" ]; do above=${above%/*}; done
# Tried: what `-w` says to root of a read-only disk is another thing in another shell.
probe=${above%/}/.upkeep-probe.$$
if (: >"$probe") 2>/dev/null; then
  rm -f "$probe"
else
  echo "[UPKEEP][WARN] $home cannot be written: ${TMPDIR:-/tmp}/upkeep is used. For upkeep commands in this container set UPKEEP_HOME to it, or to a writable folder" >&2
  home=${TMPDIR:-/tmp}/upkeep
fi
UPKEEP_HOME=$home
export UPKEEP_HOME

# A pipe that the starter, every daemon and every guard hold, and which only we read.
pipe=
for place in "${TMPDIR:-/tmp}" "$above"; do
  pipe=$place/upkeep-front.$$
  (umask 077 && mkfifo "$pipe") 2>/dev/null && break
  pipe=
done
# Without one this process becomes the starter, which then stays.
[ -n "$pipe" ] || exec "$node" "$program" "$@"
exec 6<&0 8<>"$pipe" 9<"$pipe" 7>"$pipe" 8>&-
rm -f "$pipe"

listen() {
  trap '' HUP INT QUIT TERM USR1 USR2
  while read -r word value; do
    if [ "$word" = exit ]; then exit "$value"; fi
  done
  # Nobody is left: the daemon and its guard were both killed.
  exit 1
}
listen <&9 6<&- 7>&- 9<&- &
listener=$!

starter=
# Whether the starter took it: then it stops what it has begun, and ends with another code than 0. With 0 it had come to its end
# already, whether it still stood there or not, and the signal is for the daemon.
starter_took() {
  { [ -n "$starter" ] && kill -s "$1" "$starter"; } || return 1
  told=$starter
  while :; do
    wait "$told"
    took=$?
    # Another signal ends the waiting, too; what it means is dealt with in between.
    { [ "$took" -gt 128 ] && kill -0 "$told"; } || break
  done
  [ -n "$starter" ] || return 0
  starter=
  [ "$took" -ne 0 ]
} 2>/dev/null
to_daemon() {
  # The number has no line end, which `read` counts as a failure.
  daemon=
  read -r daemon <"${PM2_PID_FILE_PATH:-$home/daemon.pid}" || :
  [ -z "$daemon" ] || kill -s "$1" "$daemon"
} 2>/dev/null
pass_on() { starter_took "$1" || to_daemon "$1"; }
# What means nothing to the starter.
once_started() { kill -0 "$starter" 2>/dev/null || to_daemon "$1"; }
# A background process of a shell without job control ignores SIGINT; SIGTERM means the same to us.
trap 'pass_on TERM' INT TERM
trap 'pass_on QUIT' QUIT
trap 'once_started HUP' HUP
trap 'once_started USR1' USR1
trap 'once_started USR2' USR2

UPKEEP_FRONT=8 "$node" "$program" "$@" <&6 6<&- 8>&7 7>&- 9<&- &
starter=$!
exec 6<&- 7>&- 9<&-

code=1
while :; do
  wait "$listener"
  code=$?
  # A signal that came ends the waiting, too.
  kill -0 "$listener" 2>/dev/null || break
done
if [ "$code" -gt 128 ]; then
  # Of the signal, perhaps: the listener has ended while that was dealt with. 127: it was the listener's own.
  wait "$listener"
  last=$?
  [ "$last" -eq 127 ] || code=$last
fi
exit "$code"
