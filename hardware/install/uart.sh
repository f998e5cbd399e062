# shellcheck shell=sh disable=SC2154
# The UART of the Raspberry Pi's header: on, and without a console that would talk to the modem.
# The same choice by model as in src/modem/ports/find-ports.ts.

begin='# ringpost: begin'
end='# ringpost: end'

# Debian 12 has /boot/firmware, older ones /boot.
boot=/boot/firmware
[ -f "$root$boot/config.txt" ] || [ ! -f "$root/boot/config.txt" ] || boot=/boot
config=$boot/config.txt
cmdline=$boot/cmdline.txt

# Before anything is done: is it a board that we know?
find_board() {
  model=$(tr -d '\0' 2>/dev/null <"$root/proc/device-tree/model") || model=
  case $model in
    'Raspberry Pi 5'* | 'Raspberry Pi Compute Module 5'*)
      # serial0 is the debug connector there: its console is in nobody's way.
      overlay=dtoverlay=uart0-pi5 consoles=ttyAMA0
      ;;
    'Raspberry Pi'*) overlay=enable_uart=1 consoles='serial0|ttyAMA0|ttyS0' ;;
    *) die "--uart: ${model:-this machine} is no Raspberry Pi" ;;
  esac
  for path in "$config" "$cmdline"; do
    [ -f "$root$path" ] || die "--uart: $path is not there"
  done
}

free_uart() {
  if has_block; then say "as it should be: $config"; else
    edit "$config" with_block "$overlay in $config, between marker lines"
  fi
  if grep -Eq "(^| )console=($consoles)(,| |\$)" "$root$cmdline"; then
    edit "$cmdline" without_console "no console on the UART in $cmdline"
  else say "as it should be: $cmdline"; fi
}

# edit PATH FILTER WHAT
edit() {
  rendered=$("$2" <"$root$1" && echo .)
  rendered=${rendered%.}
  keep "$1"
  step "$3; takes effect at the next boot" put "$(stat -c %a "$root$1")" "$1" "$(printf %s "$rendered" | sha256sum | cut -d ' ' -f 1)"
}

# What stood last may have been for some boards only: [all] ends that.
with_block() {
  # The command substitution gives a last line without its end one.
  printf '%s\n' "$(cat)" "$begin" '[all]' "$overlay" "$end"
}

without_console() {
  sed -E "s/(^| )console=($consoles)(,[^ ]*)?( |\$)/\\1/; t again; b; :again; s/(^| )console=($consoles)(,[^ ]*)?( |\$)/\\1/; t again; s/ \$//"
}

has_block() {
  grep -Fqx "$begin" "$root$config" && grep -Fqx "$end" "$root$config"
}

# Puts back what was there; where a user has written since, only our lines go.
remove_boot() {
  if [ "$1" = "$config" ] && ! is_ours "$1" && [ -f "$root$1" ] && has_block; then
    step "taking our lines out of $1" take_out
  else
    remove "$1"
  fi
}

take_out() {
  sed "/^$begin\$/,/^$end\$/d" "$root$config" >"$root$config$fresh"
  sync "$root$config$fresh"
  mv -f "$root$config$fresh" "$root$config"
  rm -f "$root$config$before"
}
