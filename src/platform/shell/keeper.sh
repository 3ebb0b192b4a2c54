# Keeper: the parent of one process of an app. It outlives every daemon, so that the process keeps its
# pipes and its exit status is not lost.
#
#   0  stdin FIFO (read and write)   3  life FIFO (write): a line when the pid is known, end of file at the end
#   1,2  nothing                     4,5  reader ends of stdout and stderr, held and never read
#   6,7  writer ends of stdout and stderr, for the process alone       8  status file (append)
#
# UPKEEP_EXEC holds the quoted command. It is not an argument, so that `pkill -f server.js` does not find us.
# The traps are there to stay alive in a group kill; a child starts with the defaults again.
trap : HUP INT QUIT TERM USR1 USR2
echo "keeper $$" >&8
# The inner shell redirects: were it done out here, our own word on how a signal ended it would be in the app's log.
/bin/sh -c 'exec >&6 2>&7 6>&- 7>&-
echo "pid $$" >&8
echo >&3
command=$UPKEEP_EXEC
unset UPKEEP_EXEC
eval "exec 3>&- 4<&- 5<&- 8>&- $command"'
echo "exit $?" >&8
exec 3>&- 6>&- 7>&- 8>&-
# Hold the last words until a daemon has read them and says so; the process reads its stdin no more.
while :; do
  read -r word
  case $?:$word in
    0:upkeep-collected | 1:*) exit 0 ;;
  esac
done
