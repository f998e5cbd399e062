# shellcheck shell=sh disable=SC2154
# What is done to the running system: user, systemd, udev. Never below DESTDIR.

be_root() {
  [ -n "$root$dry" ] || [ "$(id -u)" -eq 0 ] || die 'this needs root: sudo hardware/install.sh ...'
}

# Node and the compiled program, by names that the units can use.
find_program() {
  main=$checkout/dist/cli/main.js
  node=$(command -v node || :)
  [ -n "$node" ] || [ -z "$root" ] || node=/usr/bin/node
  case $main$node in
    *[!A-Za-z0-9/._+@-]*) die "these names have characters that a unit cannot take: $main, $node" ;;
  esac
  [ -z "$root" ] || return 0
  # shellcheck disable=SC2016
  [ -n "$node" ] || die 'there is no node on the PATH of root; Node 20.19 or newer, from a package'
  [ -f "$main" ] || die "$main is not there: first npm ci && npm run build"
  for path in "$main" "$(readlink -f "$node")"; do
    case $path in
      /home/* | /root/*) die "$path: the units do not see home directories; put it elsewhere, a checkout into /opt/ringpost" ;;
    esac
  done
}

make_user() {
  for group in dialout gpio; do
    getent group "$group" >/dev/null || step "making the group $group" groupadd --system "$group"
  done
  getent passwd ringpost >/dev/null ||
    step 'making the user ringpost' useradd --system --user-group --no-create-home \
      --home-dir /var/lib/ringpost --shell /usr/sbin/nologin ringpost
  step 'the user ringpost is in the groups dialout and gpio' usermod --append --groups dialout,gpio ringpost
}

is_running() {
  [ -d /run/systemd/system ]
}

start_units() {
  reload
  units_of "$role" | while read -r unit; do
    step "enabling $unit" systemctl --quiet enable "$unit"
  done
  [ "$role" = device ] && is_running || return 0
  step 'starting ringpost-ppp.socket and ringpost-clock.path' systemctl start ringpost-ppp.socket ringpost-clock.path
}

stop_units() {
  for unit in $(recorded file | sed -n 's|^/etc/systemd/system/||p'); do
    case $unit in
      *@*) ;;
      *)
        if is_running; then step "stopping $unit" systemctl stop "$unit" || :; fi
        if enabled "$unit"; then step "disabling $unit" systemctl --quiet disable "$unit" || :; fi
        ;;
    esac
  done
}

# Of a role, the units that something starts by itself.
units_of() {
  table | while read -r for_role _ source destination; do
    [ "$for_role" = "$1" ] || continue
    case $destination in /etc/systemd/system/*) ;; *) continue ;; esac
    ! grep -q '^\[Install\]' "$here/$source" || basename "$destination"
  done
}

enabled() {
  systemctl --quiet is-enabled "$1" 2>/dev/null
}

reload() {
  if is_running; then step 'systemd reads its units again' systemctl daemon-reload; fi
  [ -d /run/udev ] || return 0
  step 'udev reads its rules again' udevadm control --reload
  step 'udev looks at the ports again' udevadm trigger --subsystem-match=tty --subsystem-match=usb --subsystem-match=gpio
}

next_steps() {
  cat <<END

Next:
  sudo install -m 600 -o ringpost -g ringpost /etc/ringpost/$role.toml.example /etc/ringpost/$role.toml   # and edit it
  sudo systemctl start ringpost-$role
  sudo journalctl -fu ringpost-$role
END
  [ "$role" != device ] || [ -x /usr/sbin/pppd ] || say 'pppd is missing, and [link] kind = "ppp" needs it: sudo apt install ppp'
}
