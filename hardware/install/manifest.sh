# shellcheck shell=sh disable=SC2154
# What install.sh has done, so that it can be undone. A line is on the disk before the deed that it tells of:
#
#   dir PATH            a directory that was not there
#   backup PATH         PATH was there before; it is kept as PATH.before-ringpost
#   file PATH SHA256    PATH is ours with this content; one line for each version
#
# Paths are without DESTDIR. A line that a power cut has torn is none of these, and nothing was done on its strength.

book=$root/var/lib/ringpost-install
manifest=$book/manifest
# Ends the name under which a file is written before it is renamed.
fresh=.ringpost-new
before=.before-ringpost

begin_manifest() {
  [ -z "$dry" ] || return 0
  mkdir -p "$book"
  # A torn line must not take the next one with it.
  [ ! -s "$manifest" ] || [ -z "$(tail -c 1 "$manifest")" ] || echo >>"$manifest"
}

record() {
  is_recorded "$*" || {
    echo "$*" >>"$manifest"
    sync "$manifest"
  }
}

is_recorded() {
  [ -f "$manifest" ] && grep -Fqx -- "$*" "$manifest"
}

checksum() {
  sha256sum <"$1" | cut -d ' ' -f 1
}

# Whether what lies there is as install.sh has written it.
is_ours() {
  [ -f "$root$1" ] && is_recorded "file $1 $(checksum "$root$1")"
}

# Whether install.sh has, or is about to have, a file there.
is_known() {
  [ -f "$manifest" ] && grep -Fq -- "file $1 " "$manifest"
}

# The paths of one kind of line, each once.
recorded() {
  [ -f "$manifest" ] || return 0
  sed -n "s/^$1 \(\/[^ ]*\).*/\1/p" "$manifest" | sort -u
}

same() {
  cmp -s "$1" "$2"
}
