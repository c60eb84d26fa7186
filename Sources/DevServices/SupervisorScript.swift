/// The programs that outlive us for a moment: POSIX shell, so that they need nothing and cannot be taken down by our own faults.
enum SupervisorScript {
    /// Runs one server and stops it when standard input ends, which the kernel sees to however its other end died.
    ///
    /// Arguments: the signal of a clean stop, seconds until harsher ones, the log, then the server's command.
    /// Descriptors: 0 the owner's pipe, 1 where the server's process id is told, 3 the folder's lock, 5 the remover's pipe.
    /// The server itself gets none of them. It exits with the server's status.
    static let supervise = """
        signal=$1 grace=$2 log=$3
        shift 3
        cd /
        umask 077
        exec 4<&0 </dev/null
        "$@" >"$log" 2>&1 3<&- 4<&- 5<&- &
        server=$!
        trap '' PIPE
        # A stopped process takes no signal but KILL before it goes on, and PostgreSQL waits for each of its own.
        go_on() {
            if [ -d /proc/self ]; then
                for stat in /proc/[0-9]*/stat; do
                    read -r pid name state parent rest <"$stat" && [ "$parent" = "$server" ] && kill -s CONT "$pid"
                done
            else
                pkill -CONT -P "$server"
            fi
            kill -s CONT "$server"
        }
        end() {
            kill -s "$signal" "$server"
            go_on
            for next in QUIT KILL; do
                ticks=$((grace * 20))
                while kill -0 "$server" && [ "$ticks" -gt 0 ]; do
                    sleep 0.05
                    ticks=$((ticks - 1))
                    # Again: a shell starts programs in the background deaf to some signals, until they listen by themselves.
                    [ $((ticks % 20)) -eq 0 ] && kill -s "$signal" "$server"
                done
                signal=$next
                kill -0 "$server" && kill -s "$signal" "$server"
                grace=5
            done
        } 2>/dev/null
        (while read -r line; do :; done; end) <&4 4<&- 3<&- 5<&- >/dev/null &
        watcher=$!
        exec 4<&-
        trap 'end 3<&- 5<&- >/dev/null &' HUP INT TERM
        echo "$server"
        status=0
        while kill -0 "$server" 2>/dev/null; do
            wait "$server"
            status=$?
        done
        kill "$watcher" 2>/dev/null
        exit "$status"
        """

    /// Removes its arguments when standard input ends: when the owner and every supervisor, which hold the other end, are gone. The lock,
    /// which it holds as descriptor 3, goes last: a process that waits for it finds the folder gone and creates it again.
    static let remove = """
        trap '' HUP INT TERM
        while read -r line; do :; done
        folder=$1
        shift
        for entry in "$folder"/* "$folder"/.[!.]*; do
            [ "$entry" = "$folder/lock" ] || rm -rf -- "$entry"
        done
        rm -rf -- "$@"
        rm -f -- "$folder/lock"
        rmdir -- "$folder"
        """
}
