#!/bin/sh
# Puts units, udev rules and helpers of Ringpost in place, and takes them away again. May be run again at any time, also
# after it was killed half-way.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
checkout=$(dirname "$here")
root=${DESTDIR:-}
root=${root%/}

usage() {
  cat <<'END'
usage: hardware/install.sh --device|--server [--uart] [--dry-run]
       hardware/install.sh --uninstall [--purge] [--dry-run]
       hardware/install.sh --list

  --device     what a handheld needs: pppd's peer and its units, udev rules, the agent's units
  --server     what a server needs: its unit, udev rules for a modem of its own
  --uart       also frees the UART of the Raspberry Pi's header (config.txt, cmdline.txt); takes effect at the next boot
  --uninstall  removes what was installed and puts back what it replaced; files changed since are kept and named
  --purge      with --uninstall: also configuration, keys, state and mail in /etc/ringpost and /var/lib/ringpost, and the user
  --dry-run    says what would be done, and does nothing
  --list       prints role, mode, source and destination of each file

DESTDIR=DIRECTORY installs below it: files only, no user, no systemctl, no udev.
Exit codes: 0 done, 1 failed, 2 wrong usage.
END
}

# Role, mode, source below hardware/, destination. All that is installed stands here; uninstalling goes by the manifest.
table() {
  cat <<'END'
device 640 ppp/peers/ringpost /etc/ppp/peers/ringpost
device 755 ppp/ringpost-ipv6-up /etc/ppp/ipv6-up.d/ringpost
device 755 ppp/ringpost-ppp-hook /usr/local/lib/ringpost/ringpost-ppp-hook
device 755 ppp/ringpost-ip-up /usr/local/lib/ringpost/ringpost-ip-up
device 755 ppp/ringpost-ip-down /usr/local/lib/ringpost/ringpost-ip-down
device 755 ppp/ringpost-ppp-run /usr/local/lib/ringpost/ringpost-ppp-run
device 644 ppp/ringpost-ppp.socket /etc/systemd/system/ringpost-ppp.socket
device 644 ppp/ringpost-ppp@.service /etc/systemd/system/ringpost-ppp@.service
device 755 systemd/ringpost-clock /usr/local/lib/ringpost/ringpost-clock
device 644 systemd/ringpost-clock.service /etc/systemd/system/ringpost-clock.service
device 644 systemd/ringpost-clock.path /etc/systemd/system/ringpost-clock.path
device 644 systemd/ringpost-device.service /etc/systemd/system/ringpost-device.service
device 644 ../fixtures/device.toml /etc/ringpost/device.toml.example
server 644 systemd/ringpost-server.service /etc/systemd/system/ringpost-server.service
server 644 ../fixtures/server.toml /etc/ringpost/server.toml.example
both 755 systemd/ringpost /usr/local/lib/ringpost/ringpost
both 644 udev/60-ringpost.rules /etc/udev/rules.d/60-ringpost.rules
END
}

say() {
  echo "$*"
}

die() {
  echo "install.sh: $*" >&2
  exit 1
}

wrong() {
  echo "install.sh: $*" >&2
  usage >&2
  exit 2
}

# Does it, or only says so.
step() {
  say "$1"
  shift
  [ -n "$dry" ] || "$@"
}

# shellcheck source=hardware/install/manifest.sh
. "$here/install/manifest.sh"
# shellcheck source=hardware/install/place.sh
. "$here/install/place.sh"
# shellcheck source=hardware/install/remove.sh
. "$here/install/remove.sh"
# shellcheck source=hardware/install/uart.sh
. "$here/install/uart.sh"
# shellcheck source=hardware/install/system.sh
. "$here/install/system.sh"

install_all() {
  find_program
  [ -z "$uart" ] || find_board
  [ -n "$root" ] || make_user
  begin_manifest
  # Not a pipe: that would be a shell of its own, which no error could end.
  list=$(table)
  while read -r for_role mode source destination; do
    case $for_role in "$role" | both) place "$mode" "$here/$source" "$destination" ;; esac
  done <<END
$list
END
  [ -z "$uart" ] || free_uart
  [ -n "$root" ] || start_units
  [ -n "$dry" ] || next_steps
}

uninstall_all() {
  [ -n "$root" ] || stop_units
  remove_all
  [ -n "$root" ] || reload
  [ -z "$purge" ] || purge_all
}

role='' uart='' dry='' purge='' uninstall='' list_only=''
for word in "$@"; do
  case $word in
    --device | --server)
      [ -z "$role" ] || wrong '--device or --server, one at a time'
      role=${word#--}
      ;;
    --uart) uart=yes ;;
    --dry-run) dry=yes ;;
    --purge) purge=yes ;;
    --uninstall) uninstall=yes ;;
    --list) list_only=yes ;;
    --help | -h)
      usage
      exit 0
      ;;
    *) wrong "there is no option \"$word\"" ;;
  esac
done

if [ -n "$list_only" ]; then
  [ $# -eq 1 ] || wrong '--list goes alone'
  table
elif [ -n "$uninstall" ]; then
  [ -z "$role$uart" ] || wrong '--uninstall takes all of it away: without --device, --server, --uart'
  be_root
  uninstall_all
else
  [ -n "$role" ] || wrong '--device or --server?'
  [ -z "$purge" ] || wrong '--purge goes with --uninstall'
  be_root
  install_all
fi
