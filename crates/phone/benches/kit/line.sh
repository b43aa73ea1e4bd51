# The example `line` for the kit that judges softphones by ear. LINE_BIN: the program.
# Orders go through a pipe that this file keeps open; the printed time is taken before an order is written.
inns() { nsenter --net=/proc/"$NSPID"/ns/net -- "$@"; }
order() { python3 -c 'import time; print(f"{time.monotonic():.6f}")'; echo "$1" > "$PHDIR/orders"; }
phone_version() { echo "uncall-phone $(git -C "$(dirname "$LINE_BIN")" rev-parse --short HEAD 2>/dev/null)"; }
phone_start() {
  local scheme=sip codecs=pcmu; [ "$TRANSPORT" = tls ] && scheme=sips
  case $CODEC in ulaw) codecs=pcmu ;; alaw) codecs=pcma ;; g722) codecs=g722 ;; opus) codecs=opus ;; esac
  rm -f "$PHDIR/orders"; mkfifo "$PHDIR/orders"
  HOME=$PHDIR PULSE_SERVER=$PULSE_SERVER setsid nsenter --net=/proc/"$NSPID"/ns/net -- \
    "$LINE_BIN" "$scheme:$REGISTRAR:$PORT" "$USER_" "$SECRET" card=pulse "input=$INPUT" "output=$OUTPUT" "codecs=$codecs" "trust=$CAFILE" \
    0<> "$PHDIR/orders" > "$PHDIR/log" 2>&1 &
  echo $! > "$PHDIR/pid"
}
phone_register() { :; }           # it registers by itself
phone_dial() { order "dial $1"; }
phone_answer() { order answer; }
phone_hangup() { order hangup; }
phone_mute() { case "${1:-on}" in off) order unmute ;; *) order mute ;; esac; }
phone_devices() { PULSE_SERVER=$PULSE_SERVER pactl list short sinks; }
phone_stop() { order end > /dev/null 2>&1 || true; }
