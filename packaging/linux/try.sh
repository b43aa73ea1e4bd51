#!/bin/sh
# Runs as root inside of a clean Debian 12: `cargo xtask package --try` puts it there, with the packages beside it.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
say() { echo "· $*" >&2; }
die() { echo "FAILED: $*" >&2; exit 1; }
until_true() { # WHAT COMMAND...
  what=$1; shift
  for _ in $(seq 1 300); do if "$@" >/dev/null 2>&1; then return 0; fi; sleep 0.2; done
  die "$what"
}
everything() { find / -xdev \( -path /proc -o -path /dev -o -path /trial -o -path /tmp -o -path /var/cache -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/log -o -path /run \) -prune -o -print | sort; }

apt-get update -qq
# What the trial itself needs, a tray and a bus among it; and a desktop's libraries, so that what is left afterwards is ours alone.
apt-get install -y -qq --no-install-recommends curl xvfb dbus-x11 systemd adduser >/dev/null
apt-get install -y -qq --no-install-recommends $(dpkg-deb -f /trial/uncall-panel_*.deb Depends | sed 's/([^)]*)//g; s/,/ /g') >/dev/null
useradd --create-home agent
everything > /tmp/before

say "install"
apt-get install -y -qq --no-install-recommends /trial/*.deb >/dev/null
for program in uncall-panel uncall-gateway uncall; do $program --version; done
zcat /usr/share/man/man1/uncall.1.gz | grep -q 'transfer' || die "no page of the manual"
id uncall >/dev/null || die "no user for the gateway"
[ "$(stat -c '%a %G' /etc/uncall)" = "750 uncall" ] || die "/etc/uncall is not the gateway's"
grep -q 'x-scheme-handler/tel' /usr/share/applications/net.uncall.panel.desktop || die "no handler of links"
systemd-analyze verify --man=no /lib/systemd/system/uncall-gateway.service || die "the unit is not understood"

say "the gateway serves, as its own user, by the example"
cp /usr/share/doc/uncall-gateway/examples/gateway.toml /etc/uncall/gateway.toml
chown root:uncall /etc/uncall/gateway.toml; chmod 640 /etc/uncall/gateway.toml
uncall-gateway check --config /etc/uncall/gateway.toml || die "the example is not right"
su -s /bin/sh uncall -c 'exec uncall-gateway --sim-control --config /etc/uncall/gateway.toml' >/tmp/gateway.log 2>&1 &
until_true "the gateway does not serve" curl -fsS http://127.0.0.1:8088/healthz

say "the panel starts by a policy, and takes a call"
mkdir -p /etc/uncall-panel
printf '[locked]\nserver = "http://127.0.0.1:8088/"\nextension = "{env:EXTEN}"\n' > /etc/uncall-panel/policy.toml
su agent -c 'EXTEN=801 uncall-panel --explain-settings' | grep '801.*locked' || die "the policy does not count"
cat > /tmp/desk.sh <<'DESK'
export EXTEN=801 RUST_LOG=info
exec xvfb-run -a dbus-run-session -- uncall-panel --tray
DESK
start_panel() {
  su agent -c 'sh /tmp/desk.sh' >>/tmp/panel.log 2>&1 &
  until_true "the panel does not watch its extension" grep -q 'the desk starts' /tmp/panel.log
}
call() {
  uid=$(curl -fsS http://127.0.0.1:8088/sim/calls -H 'Content-Type: application/json' -d '{"from":"13421829060","to":"801"}' | sed 's/.*"uid":"\([^"]*\)".*/\1/')
  until_true "call $uid does not pop up" grep -q "painted in the pop-up.*$uid" /tmp/panel.log
}
start_panel
call
uncall --server http://127.0.0.1:8088/ --exten 801 --json current | grep -q 13421829060 || die "the command line sees no call"
! grep -q 13421829060 /tmp/panel.log || die "a number in the panel's log"

say "upgrade over itself"
apt-get install -y -qq --reinstall /trial/*.deb >/dev/null
curl -fsS -X POST http://127.0.0.1:8088/sim/numbers/13421829060/hangup >/dev/null
call
[ -f /etc/uncall/gateway.toml ] || die "the upgrade took the configuration"

say "remove"
pkill -x uncall-panel || true
pkill -x uncall-gateway || true
sleep 1
apt-get purge -y -qq uncall-panel uncall-gateway uncall >/dev/null
rm -rf /etc/uncall-panel /etc/uncall # the administrator's own, which no package takes
everything > /tmp/after
left=$(diff /tmp/before /tmp/after | sed -n 's/^> //p' | grep -v '^/home/agent/' | grep -vE '^/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$' || true)
[ -z "$left" ] || die "left behind: $left"
ls -A /home/agent/.local/state/uncall-panel >/dev/null || die "the user's own logs are gone"
say "all is well"
