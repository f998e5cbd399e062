# shellcheck shell=sh disable=SC2154
# Puts one file in place. Each step may be the last one before the power goes; the next run goes on from there.

# place MODE SOURCE DESTINATION
place() {
  [ -f "$2" ] || die "$2 is not there: is the checkout complete?"
  rendered=$(render "$2" && echo .)
  rendered=${rendered%.}
  sum=$(printf %s "$rendered" | sha256sum | cut -d ' ' -f 1)
  case $(state_of "$3" "$sum") in
    there) say "as it should be: $3" ;;
    changed) say "kept, it was changed since it was installed: $3 (the new one: $2)" ;;
    blocked) die "$3 is there and no ordinary file: look at it and move it away" ;;
    foreign)
      keep "$3"
      step "installing $3" put "$1" "$3" "$sum"
      ;;
    *) step "installing $3" put "$1" "$3" "$sum" ;;
  esac
}

# What lies at a destination, where content SUM is to go.
state_of() {
  there=$root$1
  if [ -L "$there" ]; then
    echo blocked
  elif [ ! -e "$there" ]; then
    echo missing
  elif [ ! -f "$there" ]; then
    echo blocked
  elif [ "$(checksum "$there")" = "$2" ]; then
    echo there
  elif is_ours "$1"; then
    echo older
  elif ! is_known "$1"; then
    echo foreign
  elif is_recorded "backup $1" && same "$there" "$there$before"; then
    # Killed between the backup and the new file.
    echo pending
  else
    echo changed
  fi
}

# Keeps a file that is not ours. A copy, so that there is never no file.
keep() {
  kept=$root$1$before
  is_recorded "backup $1" || [ ! -e "$kept" ] || die "$1$before is in the way: look at it and move it away"
  step "keeping what was there as $1$before" copy "$1"
}

copy() {
  record "backup $1"
  cp -p "$root$1" "$root$1$before$fresh"
  sync "$root$1$before$fresh"
  mv -f "$root$1$before$fresh" "$root$1$before"
}

# put MODE DESTINATION SUM: writes $rendered.
put() {
  make_directories "$(dirname "$2")"
  record "file $2 $3"
  install -m "$1" /dev/null "$root$2$fresh"
  printf %s "$rendered" >"$root$2$fresh"
  sync "$root$2$fresh"
  mv -f "$root$2$fresh" "$root$2"
}

make_directories() {
  case $1 in / | .) return 0 ;; esac
  [ ! -d "$root$1" ] || return 0
  make_directories "$(dirname "$1")"
  record "dir $1"
  mkdir -m 755 "$root$1"
}

# The source, with the names filled in that only this machine knows.
render() {
  sed "s|@NODE@|$node|; s|@MAIN@|$main|" "$1"
}
