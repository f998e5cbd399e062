#!/bin/sh
# Puts Ringpost on this machine, and takes it back: see hardware/README.md. May be run again at any time, also after it
# was killed. Steps go to standard output.
set -eu
umask 022
LC_ALL=C
export LC_ALL

usage() {
  cat <<'TEXT'
usage: sudo hardware/install.sh [--device] [--server] [--uart] [--user NAME] [--no-program] [--dry-run]
       sudo hardware/install.sh --uninstall [--purge] [--dry-run]

  --device      the handheld: agent, pppd behind a socket, clock, udev rules
  --server      mail server and message server
  --uart        also: UART of the Pi's header for the modem, in config.txt and cmdline.txt (hardware/boot.md)
  --user NAME   the handheld's agent runs as NAME, who reads the mail in a Maildir of his home
  --no-program  without the program itself, which is then expected as /usr/local/lib/ringpost/app or changed by hand
  --uninstall   takes back all that this script did, and nothing else
  --purge       with --uninstall: also /etc/ringpost and /var/lib/ringpost, that is configuration, keys and mail
  --dry-run     only tells the steps

DESTDIR=DIRECTORY in the environment installs below it, as anybody, without users and units: for packages.
TEXT
}

die() {
  echo "install.sh: $*" >&2
  exit 1
}

wrong() {
  echo "install.sh: $*; see --help" >&2
  exit 2
}

say() { echo "$*"; }
doing() { [ -z "$dry" ]; }

DESTDIR=${DESTDIR:-}
DESTDIR=${DESTDIR%/}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
repository=$(dirname "$here")
state=$DESTDIR/var/lib/ringpost-install
manifest=$state/manifest
saved=$state/saved
roles='' uart_wanted='' program=yes uninstall='' purge='' dry='' agent_user='' restart_needed='' user_stays=''

. "$here/install/files.sh"
. "$here/install/boot.sh"
. "$here/install/system.sh"

while [ $# -gt 0 ]; do
  case $1 in
    --device | --server) case " $roles " in *" ${1#--} "*) ;; *) roles="${roles:+$roles }${1#--}" ;; esac ;;
    --uart) uart_wanted=yes ;;
    --user)
      [ $# -ge 2 ] || wrong '--user wants a name'
      agent_user=$2
      shift
      ;;
    --no-program) program= ;;
    --uninstall) uninstall=yes ;;
    --purge) purge=yes ;;
    --dry-run) dry=yes ;;
    -h | --help) usage && exit 0 ;;
    *) wrong "$1 is no option" ;;
  esac
  shift
done

check_options() {
  if [ -n "$uninstall" ]; then
    [ -z "$roles$uart_wanted$agent_user" ] || wrong '--uninstall takes all back; it goes with --purge and --dry-run only'
  else
    [ -n "$roles" ] || wrong 'what is this machine: --device, --server, or both?'
    [ -z "$purge" ] || wrong '--purge goes with --uninstall'
  fi
  if [ -n "$agent_user" ]; then
    [ "$roles" = device ] || wrong '--user goes with --device alone: a server on the same machine could not share /run/ringpost'
    getent passwd "$agent_user" >/dev/null || die "--user: there is no user $agent_user; adduser $agent_user makes one"
  fi
  [ -z "$DESTDIR" ] || [ -d "$DESTDIR" ] || die "DESTDIR: there is no directory $DESTDIR; mkdir makes it"
  [ -n "$DESTDIR" ] || [ -n "$dry" ] || [ "$(id -u)" -eq 0 ] || die 'this changes the system: run it with sudo, or with --dry-run'
}

check_program() {
  [ -n "$program" ] || return 0
  [ -f "$repository/dist/cli/main.js" ] || die "the program is not built: cd $repository && npm ci && npm run build"
  [ -d "$repository/node_modules" ] || die "its libraries are missing: cd $repository && npm ci"
  [ -n "$DESTDIR" ] || command -v node >/dev/null || die 'there is no node: sudo apt install nodejs (20.19 or newer)'
}

install_all() {
  check_program
  [ -z "$uart_wanted" ] || look_at_boot
  begin_manifest
  make_user
  while read -r role mode source target; do
    case " any $roles " in *" $role "*) put_file "$mode" "$repository/$source" "$target" ;; esac
  done <<MAP
$(grep -v '^#' "$here/install/map")
MAP
  put_drop_in
  if [ -n "$program" ]; then
    put_tree "$repository" /usr/local/lib/ringpost/app dist hardware fixtures node_modules package.json
  fi
  own_directories
  [ -z "$uart_wanted" ] || edit_boot
  start_units
  say_next
}

say_next() {
  user=${agent_user:-ringpost}
  for role in $roles; do
    config=/etc/ringpost/$role.toml
    [ ! -e "$DESTDIR$config" ] || continue
    say "next     sudo install -m 600 -o $user /usr/local/share/ringpost/$role.toml /etc/ringpost/ && sudoedit $config"
    [ "$role$agent_user" != device ] || say '         with mail = "/var/lib/ringpost/mail" in it: the agent sees no home directory, but for --user'
    [ "$role" = server ] || say "         sudo -u $user ringpost keys accept --config $config"
    say "         sudo systemctl start ringpost-$role"
  done
  [ -z "$restart_needed" ] || say 'next     sudo reboot, for the UART'
}

uninstall_all() {
  if [ ! -f "$manifest" ]; then
    say 'nothing is installed'
    return 0
  fi
  close_manifest
  stop_units
  undo_boot
  take_files
  if [ -n "$purge" ]; then
    say 'remove   /etc/ringpost, /var/lib/ringpost'
    ! doing || rm -rf "$DESTDIR/etc/ringpost" "$DESTDIR/var/lib/ringpost"
  fi
  take_user
  forget_units
  forget
}

check_options
if [ -n "$uninstall" ]; then uninstall_all; else install_all; fi
