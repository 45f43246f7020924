#!/bin/sh
# Runs a command that must not outlive whoever started it: leash.sh COMMAND [ARGS...]
#
# To be started as the leader of a process group of its own, with a pipe on stdin that the starter keeps open. When the
# pipe closes, for whatever reason (even if the starter was killed with SIGKILL), the whole group is told to stop, and
# two seconds later it is killed. The command itself reads /dev/null.
exec 3<&0 </dev/null
trap : TERM HUP
"$@" 3<&- &
command=$!
(
  trap '' TERM HUP
  cat <&3 >/dev/null 2>&1
  kill -TERM 0
  sleep 2
  kill -KILL 0
) &
# A signal interrupts wait, so ask again until the command is really gone.
while :; do
  wait "$command"
  status=$?
  kill -0 "$command" 2>/dev/null || exit "$status"
done
