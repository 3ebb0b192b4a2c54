# Guard: waits on a pipe that only the daemon holds, and starts a new daemon when that one dies. It stays until the new one is in
# charge, so that one that cannot start, or is killed before it has a guard of its own, is tried again.
#
#   $1       starts in a row that failed so far     $2…  command of a new daemon
#   stdin    lines of the daemon: `steady` (it is well in charge), `dismissed` (its end is wanted)
#   UPKEEP_GUARD_LEAVES  set: the new daemon is of a build that does not know it came from a guard: it takes the place of this shell
failed=$1
shift
while read -r word; do
  case $word in
    steady) failed=0 ;;
    dismissed) exit 0 ;;
  esac
done
leaves=$UPKEEP_GUARD_LEAVES
unset UPKEEP_GUARD_LEAVES
UPKEEP_GUARD_PID=$$
for entry; do :; done
missing=0
while :; do
  failed=$((failed + 1))
  # A package that is being replaced is away for seconds; one that is away for half a minute was removed.
  if [ -e "$entry" ]; then missing=0; else missing=$((missing + 1)); fi
  [ "$missing" -le 10 ] || exit 1
  # Five quick tries, then 1, 2, 4 … 32 s: a daemon that cannot stay up must not eat the machine.
  if [ "$failed" -gt 5 ]; then
    pause=1 step=6
    while [ "$step" -lt "$failed" ] && [ "$pause" -lt 32 ]; do pause=$((pause * 2)) step=$((step + 1)); done
    sleep "$pause"
  fi
  UPKEEP_GUARD_FAILED=$failed
  export UPKEEP_GUARD_FAILED UPKEEP_GUARD_PID
  [ -n "$leaves" ] && exec "$@" </dev/null
  "$@" </dev/null &
  # Code 0: it found another daemon in charge, or was told to end. One that is in charge ends this shell.
  wait $! && exit 0
done
