# shellcheck shell=sh disable=SC2154
# Takes away what the manifest tells of.

remove_all() {
  [ -f "$manifest" ] || {
    say 'nothing is installed'
    [ -n "$dry" ] || forget
    return 0
  }
  paths=$({
    recorded file
    recorded backup
  } | sort -u)
  for path in $paths; do
    case $path in
      "$config" | "$cmdline") remove_boot "$path" ;;
      *) remove "$path" ;;
    esac
    [ -n "$dry" ] || rm -f "$root$path$fresh" "$root$path$before$fresh"
  done
  # The deepest first.
  for path in $(recorded dir | sort -r); do
    [ ! -d "$root$path" ] || [ -n "$dry" ] || rmdir "$root$path" 2>/dev/null || say "kept, it is not empty: $path"
  done
  [ -n "$dry" ] || forget
}

remove() {
  there=$root$1 kept=$root$1$before
  if is_recorded "backup $1" && [ -f "$kept" ]; then
    if is_ours "$1" || [ ! -e "$there" ]; then
      step "putting back $1" mv -f "$kept" "$there"
    elif same "$there" "$kept"; then
      step "leaving $1 as it was" rm -f "$kept"
    else
      say "kept, it was changed since it was installed: $1 (what was there before: $1$before)"
    fi
  elif is_ours "$1"; then
    step "removing $1" rm -f "$there"
  elif [ -e "$there" ] && is_known "$1"; then
    say "kept, it was changed since it was installed: $1"
  fi
}

# The manifest cannot tell of its own directory. /var/lib is never empty but below DESTDIR.
forget() {
  rm -f "$manifest"
  [ ! -d "$book" ] || rmdir "$book"
  [ -z "$root" ] || rmdir "$root/var/lib" "$root/var" 2>/dev/null || :
}

# All that a user has made as well.
purge_all() {
  for path in /etc/ringpost /var/lib/ringpost; do
    [ ! -e "$root$path" ] || step "removing $path and all in it" rm -rf "$root$path"
  done
  [ -n "$root" ] || ! getent passwd ringpost >/dev/null || step 'removing the user ringpost' userdel ringpost
  [ -z "$root" ] || [ -n "$dry" ] || rmdir "$root/var/lib" "$root/var" "$root/etc" 2>/dev/null || :
}
