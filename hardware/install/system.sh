# Part of install.sh: users, groups and units of the running system; nothing of it below DESTDIR.
# In the manifest:
#   group NAME, user NAME   made by us
#   member USER GROUP       added by us

make_user() {
  [ -z "$DESTDIR" ] || return 0
  if ! getent group ringpost >/dev/null; then
    say 'group    ringpost'
    remember 'group ringpost'
    ! doing || groupadd --system ringpost
  fi
  if ! getent passwd ringpost >/dev/null; then
    say 'user     ringpost'
    remember 'user ringpost'
    ! doing || useradd --system --gid ringpost --home-dir /var/lib/ringpost --no-create-home --shell /usr/sbin/nologin ringpost
  fi
  for group in dialout gpio; do add_member ringpost "$group"; done
  [ -z "$agent_user" ] || for group in ringpost dialout gpio; do add_member "$agent_user" "$group"; done
}

# A group that this system does not have is not needed here.
add_member() {
  getent group "$2" >/dev/null || return 0
  case " $(id -nG "$1" 2>/dev/null) " in *" $2 "*) return 0 ;; esac
  say "member   $1 in $2"
  remember "member $1 $2"
  ! doing || usermod --append --groups "$2" "$1"
}

# Where the user reads mail as himself, the agent has to run as himself: a Maildir is nobody else's.
agent_drop_in() {
  home=$(getent passwd "$agent_user" | cut -d: -f6)
  cat <<DROP
# Made by install.sh --user $agent_user.
[Service]
User=$agent_user
SupplementaryGroups=ringpost
ProtectHome=no
ReadWritePaths=-$home
DROP
}

put_drop_in() {
  [ -n "$agent_user" ] || return 0
  # In a directory of root's: the text is written as root.
  if doing; then scratch=$state/drop-in.ringpost-tmp; else scratch=/dev/null; fi
  agent_drop_in >"$scratch"
  put_file 0644 "$scratch" /etc/systemd/system/ringpost-device.service.d/user.conf
  ! doing || rm -f "$scratch"
}

# Secrets of /etc/ringpost are read by the agent only; "ringpost keys accept" wants the state before the agent runs.
own_directories() {
  make_directory /etc/ringpost
  make_directory /var/lib/ringpost
  [ -z "$DESTDIR" ] && doing || return 0
  # What was there before keeps its owner.
  if grep -qx 'dir /etc/ringpost' "$manifest"; then
    chown root:ringpost /etc/ringpost
    chmod 0750 /etc/ringpost
  fi
  if grep -qx 'dir /var/lib/ringpost' "$manifest"; then
    chown "${agent_user:-ringpost}" /var/lib/ringpost
    chmod 0700 /var/lib/ringpost
  fi
}

units_of() {
  case $1 in
    device) echo 'ringpost-ppp.socket ringpost-clock.path ringpost-clock.service ringpost-device.service' ;;
    server) echo 'ringpost-server.service' ;;
  esac
}

has_systemd() {
  [ -z "$DESTDIR" ] && [ -d /run/systemd/system ]
}

start_units() {
  has_systemd || return 0
  say 'units    systemctl daemon-reload; udevadm control --reload'
  doing || return 0
  systemctl daemon-reload
  udevadm control --reload && udevadm trigger --subsystem-match=tty --subsystem-match=usb
  for role in $roles; do
    for unit in $(units_of "$role"); do
      say "enable   $unit"
      systemctl enable "$unit"
    done
  done
  case " $roles " in *' device '*) systemctl start ringpost-ppp.socket ringpost-clock.path ;; esac
}

stop_units() {
  has_systemd || return 0
  for unit in $(units_of device) $(units_of server); do
    grep -q "/etc/systemd/system/$unit\$" "$manifest" || continue
    say "disable  $unit"
    ! doing || systemctl disable --now "$unit" || say "  $unit could not be disabled; going on"
  done
}

forget_units() {
  has_systemd && doing || return 0
  systemctl daemon-reload
  udevadm control --reload
}

# A user who still owns something stays, for the next user with that number would own it.
take_user() {
  [ -z "$DESTDIR" ] || return 0
  sed -n 's/^member //p' "$manifest" | while read -r user group; do
    say "member   $user not in $group any more"
    ! doing || gpasswd --delete "$user" "$group" >/dev/null || :
  done
  if [ -n "$(find /var/lib/ringpost /etc/ringpost ! -type d 2>/dev/null | head -n 1)" ]; then
    grep -q '^user ' "$manifest" || return 0
    user_stays=yes
    say 'keep     user ringpost: there is still /var/lib/ringpost or /etc/ringpost (--purge removes them)'
    return 0
  fi
  if grep -qx 'user ringpost' "$manifest"; then
    say 'remove   user ringpost'
    ! doing || userdel ringpost
  fi
  if grep -qx 'group ringpost' "$manifest" && getent group ringpost >/dev/null; then
    say 'remove   group ringpost'
    ! doing || groupdel ringpost
  fi
}
