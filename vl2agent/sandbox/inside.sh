# Runs in the sandbox: starts the desktop, then runs the commands it is asked to.
#
# Asked through a FIFO, one line each: `run JOB` or `kill PID`. A job is a folder with a script, a file `stdin` and the
# FIFOs `stdout`, `stderr` and `status`; the last one gets the job's process id, then its exit code.
# Environment: VL2_JOBS, VL2_LAYOUT and what the desktop's programs need.

exec 9>&2 </dev/null

await() { # COMMAND...: until it succeeds, five seconds at most
    tries=0
    until "$@" >/dev/null 2>&1 || [ $((tries += 1)) -gt 250 ]; do sleep 0.02; done
}
window_manager_runs() { xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 'window id'; }

dbus-daemon --session --fork --nopidfile --address="$DBUS_SESSION_BUS_ADDRESS"
[ "$VL2_LAYOUT" = us ] || setxkbmap $VL2_LAYOUT
xfwm4 --compositor=off &
await window_manager_runs
xfsettingsd --disable-wm-check &
xfce4-panel --disable-wm-check &
xfdesktop --disable-wm-check &

job() {
    exec >"$1/status"
    setsid sh "$1/script" <"$1/stdin" >"$1/stdout" 2>"$1/stderr" &
    echo $!
    wait $!
    echo $?
}

exec 8<>"$VL2_JOBS/asked"
while read -r verb argument <&8; do
    case $verb in
    run) job "$VL2_JOBS/$argument" 8<&- & ;;
    kill) kill -s KILL -- "-$argument" ;;
    esac
done
