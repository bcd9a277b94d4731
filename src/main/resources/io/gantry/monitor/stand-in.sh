#!/bin/sh
# Between conmon and a runtime whose containers are no processes of the host, such as gVisor's runsc. A process
# stands in for the container: it is what conmon reaps, it holds the container's streams, for such a runtime takes
# those of whoever says "start", and it ends as the container does.
#
#   conmon runs:      SCRIPT create RUNTIME [OPTION…] create --bundle DIR --pid-file FILE [--console-socket SOCKET] ID
#                     SCRIPT exec RUNTIME [OPTION…] exec --pid-file FILE --process FILE --detach [--tty] ID
#   the daemon runs:  SCRIPT start DIR
set -eu
task=$1
shift

if [ "$task" = start ]; then
	echo >"$1/start"
	read -r code <"$1/started"
	[ "$code" = 0 ] || cat "$1/start.log" >&2
	exit "$code"
fi

if [ "$task" = exec ]; then
	before=
	for word; do
		shift
		case $before,$word in
		--pid-file,*) set -- "$@" "$word" --internal-pid-file "${word%/*}/inner.pid" ;;
		*,--tty) ;; # the socket for its console says so
		*) set -- "$@" "$word" ;;
		esac
		before=$word
	done
	exec "$@"
fi

"$@"

runtime=$1
shift
verb=$#
while [ "$1" != create ]; do # the options go behind the verb's words
	set -- "$@" "$1"
	shift
	verb=$((verb - 1))
done
while [ "$verb" -gt 0 ]; do
	case $1 in
	--bundle) bundle=$2 ;;
	--pid-file) pid=$2 ;;
	esac
	id=$1
	shift
	verb=$((verb - 1))
done

mkfifo "$bundle/start" "$bundle/started"
exec 3<&0 # a shell gives what it runs beside it no input
(
	read -r _ <"$bundle/start"
	code=0
	"$runtime" --log="$bundle/start.log" --log-format=json "$@" start "$id" || code=$?
	echo "$code" >"$bundle/started"
	[ "$code" = 0 ] || exit "$code"
	exec <&- # or a client that waits for the container to close its input would wait for this
	said=$("$runtime" "$@" wait "$id" </dev/null 2>/dev/null) || exit 255
	code=${said##*:} # {"id":"…","exitStatus":N}
	exit "${code%\}}"
) <&3 3<&- &
echo "$!" >"$pid"
