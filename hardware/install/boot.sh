# Part of install.sh: the UART of the header in config.txt and cmdline.txt (--uart). See boot.md.
# In the manifest:
#   block PATH              our lines in this file, between two marks
#   words PATH|WORDS        these words were taken out of the one line of this file; it is kept below saved/

begin='# ringpost: begin'
end='# ringpost: end'

# The lines for this Pi; fails on one that is not known.
uart_lines() {
  case $1 in
    *'Raspberry Pi 5'* | *'Raspberry Pi 500'* | *'Compute Module 5'*) echo 'dtoverlay=uart0-pi5' ;;
    *'Raspberry Pi Zero W'* | *'Raspberry Pi Zero 2'* | *'Raspberry Pi 3'* | *'Raspberry Pi 4'* | *'Compute Module 3'* | *'Compute Module 4'*)
      printf 'enable_uart=1\ndtoverlay=disable-bt\n'
      ;;
    *'Raspberry Pi Zero'* | *'Raspberry Pi 2'* | *'Raspberry Pi Model'* | *'Compute Module Rev'*) echo 'enable_uart=1' ;;
    *) return 1 ;;
  esac
}

# Sets $boot, $uart; called before anything is changed.
look_at_boot() {
  model=$(tr -d '\000' <"$DESTDIR/proc/device-tree/model" 2>/dev/null) || model=
  uart=$(uart_lines "$model") ||
    die "--uart: this is no Raspberry Pi that is known here (${model:-no /proc/device-tree/model}); do it by hand: hardware/boot.md"
  for boot in /boot/firmware /boot; do
    [ ! -f "$DESTDIR$boot/config.txt" ] || return 0
  done
  die '--uart: there is no /boot/firmware/config.txt and no /boot/config.txt; is the boot partition mounted?'
}

edit_boot() {
  put_block "$boot/config.txt" "$(printf '[all]\n%s' "$uart")"
  [ ! -f "$DESTDIR$boot/cmdline.txt" ] || take_console "$boot/cmdline.txt"
  restart_needed=yes
}

# FILE without our block.
without_block() {
  awk -v begin="$begin" -v end="$end" '
    $0 == begin { inside = 1 }
    !inside { print }
    $0 == end { inside = 0 }
  ' "$1"
}

# PATH LINES
put_block() {
  file=$DESTDIR$1
  wanted=$(without_block "$file" && printf '%s\n%s\n%s' "$begin" "$2" "$end")
  if [ "$wanted" = "$(cat "$file")" ]; then return 0; fi
  say "edit     $1: $(printf '%s' "$2" | tr '\n' ' ')"
  doing || return 0
  keep_copy "$1"
  remember "block $1"
  printf '%s\n' "$wanted" | replace "$file"
}

keep_copy() {
  [ ! -e "$saved$1" ] || return 0
  mkdir -p "$(dirname "$saved$1")"
  cp -p "$DESTDIR$1" "$saved$1.ringpost-tmp"
  mv -f "$saved$1.ringpost-tmp" "$saved$1"
}

is_uart_console() {
  case $1 in
    console=serial0* | console=ttyAMA* | console=ttyS*) return 0 ;;
  esac
  return 1
}

# PATH: its one line, without the consoles on a UART.
take_console() {
  kept='' taken=''
  set -f
  for word in $(cat "$DESTDIR$1"); do
    if is_uart_console "$word"; then taken="${taken:+$taken }$word"; else kept="${kept:+$kept }$word"; fi
  done
  set +f
  [ -n "$taken" ] || return 0
  say "edit     $1: without $taken"
  doing || return 0
  keep_copy "$1"
  remember "words $1|$taken"
  printf '%s\n' "$kept" | replace "$DESTDIR$1"
}

undo_boot() {
  # What a run has left that was killed.
  sed -n 's/^block //p; s/^words \([^|]*\)|.*/\1/p' "$manifest" | while IFS= read -r path; do
    ! doing || rm -f "$DESTDIR$path.ringpost-tmp"
  done
  sed -n 's/^block //p' "$manifest" | while IFS= read -r path; do undo_block "$path"; done
  sed -n 's/^words //p' "$manifest" | while IFS='|' read -r path words; do undo_words "$path" "$words"; done
}

undo_block() {
  file=$DESTDIR$1
  grep -qxF -- "$begin" "$file" 2>/dev/null || return 0
  say "edit     $1: without the lines of Ringpost"
  doing || return 0
  # As it was to the byte, when nobody else has changed it.
  if [ "$(without_block "$file")" = "$(cat "$saved$1" 2>/dev/null)" ]; then
    replace "$file" <"$saved$1"
  else
    without_block "$file" | replace "$file"
  fi
  restart_needed=yes
}

undo_words() {
  file=$DESTDIR$1
  [ -f "$file" ] || return 0
  ! same "$saved$1" "$file" || return 0
  case " $(cat "$file") " in *" $2 "*) return 0 ;; esac
  say "edit     $1: $2 again"
  doing || return 0
  before=$(set -f; for word in $(cat "$saved$1"); do is_uart_console "$word" || printf '%s ' "$word"; done)
  now=$(set -f; for word in $(cat "$file"); do printf '%s ' "$word"; done)
  if [ "$before" = "$now" ]; then replace "$file" <"$saved$1"; else printf '%s %s\n' "$2" "$(cat "$file")" | replace "$file"; fi
}
