# Guard: waits on a pipe that only the daemon holds, and becomes a new daemon when that one dies.
#
#   $1       starts in a row that failed so far     $2…  command of a new daemon
#   stdin    lines of the daemon: `steady` (it is well in charge), `dismissed` (its end is wanted)
failed=$1
shift
while read -r word; do
  case $word in
    steady) failed=0 ;;
    dismissed) exit 0 ;;
  esac
done
failed=$((failed + 1))
# Five quick tries, then 1, 2, 4 … 32 s: a daemon that cannot stay up must not eat the machine.
if [ "$failed" -gt 5 ]; then
  pause=1 step=6
  while [ "$step" -lt "$failed" ] && [ "$pause" -lt 32 ]; do pause=$((pause * 2)) step=$((step + 1)); done
  sleep "$pause"
fi
UPKEEP_GUARD_FAILED=$failed
export UPKEEP_GUARD_FAILED
exec "$@" </dev/null
