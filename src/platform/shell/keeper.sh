# Keeper: the parent of one process of an app. It outlives every daemon, so that the process keeps its
# pipes and its exit status is not lost.
#
#   0  stdin FIFO (read and write)   3  life FIFO (write): a line when the pid is known, end of file at the end
#   1,2  nothing                     4,5  reader ends of stdout and stderr, held and never read
#   6,7  writer ends of stdout and stderr, for the process alone       8  status file (append)
#   9  reader end of the life FIFO, held and never read: without it a daemon that dies now would be a SIGPIPE
#   20…  sockets that the process inherits, if the app declares any
#
#   $1  label for ps    $2  redirections that close the sockets, or nothing    $3…  shell for the process to start from
#
# UPKEEP_EXEC holds the quoted command. It is not an argument, so that `pkill -f server.js` does not find us.
# The traps are there to stay alive in a group kill; a child starts with the defaults again.
# Not for the keeper are the process's streams: it would write "Killed" into the app's log.
trap : HUP INT QUIT TERM USR1 USR2
echo "keeper $$" >&8
# Names of ours only: a program may have been given a variable of any other.
upkeep_begin='echo "pid $upkeep_pid" >&8
echo >&3
# Under a name of ours: Node would set the channel up at its start, and the program would see it.
[ -z "$NODE_CHANNEL_FD" ] || export UPKEEP_CHANNEL="$NODE_CHANNEL_FD"
unset NODE_CHANNEL_FD NODE_CHANNEL_SERIALIZATION_MODE
eval "unset UPKEEP_EXEC; exec >&6 2>&7 3>&- 4<&- 5<&- 6>&- 7>&- 8>&- 9<&- $UPKEEP_EXEC"'
upkeep_pid=
(
  # A copy of this shell that knows its own pid saves the start of another one. `$$` stays ours in it, and with sockets is needed.
  [ -n "$2" ] || read -r upkeep_pid upkeep_rest </proc/self/stat
  case $upkeep_pid in
    "" | $$) exec "$3" ${4:+"$4"} -c "upkeep_pid=\$\$
$upkeep_begin" ;;
  esac
  eval "$upkeep_begin"
)
echo "exit $?" >&8
# The sockets first: with the end of the life FIFO everybody knows that the process is gone.
eval "exec $2 3>&- 6>&- 7>&- 8>&-"
# Hold the last words until a daemon has read them and says so; the process reads its stdin no more.
while :; do
  read -r word
  case $?:$word in
    0:upkeep-collected | 1:*) exit 0 ;;
  esac
done
