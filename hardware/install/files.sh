# Part of install.sh: puts files where they belong, remembers each in the manifest, and takes them back.
#
# The manifest is only added to. What is to be done is written before it is done, so that a run that was killed can be run
# again, or taken back:
#   dir PATH                a directory that was not there
#   file SUM PATH           a file of ours with this checksum; the last line of a path counts, older ones are older versions
#   saved PATH              another's file was there before; it is kept below saved/
#   tree PATH               a directory of which all is ours
# See boot.sh and system.sh for the others.

remember() {
  grep -qxF -- "$1" "$manifest" 2>/dev/null && return 0
  doing || return 0
  printf '%s\n' "$1" >>"$manifest"
}

sum_of() {
  cksum <"$1" | tr ' ' '-'
}

is_there() {
  [ -e "$1" ] || [ -L "$1" ]
}

# Two files of the same content, or two links that lead the same way.
same() {
  if [ -L "$1" ] || [ -L "$2" ]; then
    [ -L "$1" ] && [ -L "$2" ] && [ "$(readlink "$1")" = "$(readlink "$2")" ]
  else
    [ -f "$1" ] && [ -f "$2" ] && cmp -s "$1" "$2"
  fi
}

# Each directory that is missing, the outermost first.
make_directory() {
  [ -d "$DESTDIR$1" ] && return 0
  make_directory "$(dirname "$1")"
  remember "dir $1"
  doing || return 0
  mkdir "$DESTDIR$1"
}

# Whether the file is one that we put there, in this or an older version.
is_ours() {
  [ ! -L "$DESTDIR$1" ] && grep -qxF -- "file $(sum_of "$DESTDIR$1") $1" "$manifest" 2>/dev/null
}

is_remembered() {
  grep -q -- "^file [0-9-]* $(pattern "$1")\$" "$manifest" 2>/dev/null
}

pattern() {
  printf '%s' "$1" | sed 's/[].[*^$\/]/\\&/g'
}

# MODE SOURCE TARGET
put_file() {
  target=$DESTDIR$3
  [ -L "$target" ] || [ ! -d "$target" ] || die "$3 is a directory, and a file of ours has to go there: move it away"
  if same "$2" "$target"; then
    if is_remembered "$3"; then
      remember "file $(sum_of "$2") $3"
      return 0
    fi
    # The same by chance is another's as well, and stays when ours goes.
    keep_foreign "$3"
  elif is_there "$target" && is_remembered "$3" && ! is_ours "$3" && ! same "$saved$3" "$target"; then
    say "keep     $3: it was changed since it was installed; ours is $2"
    return 0
  elif is_there "$target" && ! is_remembered "$3"; then
    keep_foreign "$3"
  fi
  say "install  $3"
  make_directory "$(dirname "$3")"
  remember "file $(sum_of "$2") $3"
  doing || return 0
  copy "$1" "$2" "$target"
}

# Standard input to a file, whole or not at all.
replace() {
  cat >"$1.ringpost-tmp"
  mv -f "$1.ringpost-tmp" "$1"
}

copy() {
  rm -f "$3.ringpost-tmp"
  cp "$2" "$3.ringpost-tmp"
  chmod "$1" "$3.ringpost-tmp"
  # Not into the directory that a link in its place leads to.
  mv -fT "$3.ringpost-tmp" "$3"
}

# A link stays a link: npm link makes one in /usr/local/bin.
keep_foreign() {
  say "save     $1: another's, comes back with --uninstall"
  doing || return 0
  mkdir -p "$(dirname "$saved$1")"
  rm -f "$saved$1.ringpost-tmp"
  cp -pP "$DESTDIR$1" "$saved$1.ringpost-tmp"
  mv -fT "$saved$1.ringpost-tmp" "$saved$1"
  remember "saved $1"
}

# SOURCE-DIRECTORY TARGET NAME...: all of these names, in the place of what was there.
put_tree() {
  from=$1 target=$2
  shift 2
  say "install  $target"
  make_directory "$(dirname "$target")"
  remember "tree $target"
  doing || return 0
  rm -rf "$DESTDIR$target.ringpost-tmp"
  mkdir "$DESTDIR$target.ringpost-tmp"
  for name in "$@"; do
    cp -R "$from/$name" "$DESTDIR$target.ringpost-tmp/"
  done
  # The agent reads it as another user, also what came from a checkout that is its owner's alone.
  chmod -R u+rwX,go+rX "$DESTDIR$target.ringpost-tmp"
  rm -rf "$DESTDIR${target:?}.ringpost-old"
  [ ! -e "$DESTDIR$target" ] || mv "$DESTDIR$target" "$DESTDIR$target.ringpost-old"
  mv "$DESTDIR$target.ringpost-tmp" "$DESTDIR$target"
  rm -rf "$DESTDIR$target.ringpost-old"
}

take_file() {
  target=$DESTDIR$1
  ! doing || rm -f "$target.ringpost-tmp"
  if is_there "$target" && ! is_ours "$1" && ! same "$saved$1" "$target"; then
    say "keep     $1: it was changed since it was installed"
    if is_there "$saved$1"; then
      say "keep     $1.ringpost-saved: what was there before"
      ! doing || mv -f "$saved$1" "$target.ringpost-saved"
    fi
  elif is_there "$saved$1"; then
    say "restore  $1"
    ! doing || mv -fT "$saved$1" "$target"
  elif is_there "$target"; then
    say "remove   $1"
    ! doing || rm -f "$target"
  fi
}

take_files() {
  sed -n 's/^file [0-9-]* //p' "$manifest" | sort -u | while IFS= read -r path; do
    take_file "$path"
  done
  sed -n 's/^tree //p' "$manifest" | while IFS= read -r path; do
    say "remove   $path"
    ! doing || rm -rf "$DESTDIR${path:?}" "$DESTDIR$path.ringpost-tmp" "$DESTDIR$path.ringpost-old"
  done
}

# What a power cut has left of a line must neither take the next one with it, nor be half a path that we remove.
close_manifest() {
  doing && [ -s "$manifest" ] || return 0
  [ -z "$(tail -c 1 "$manifest")" ] || echo ' (torn)' >>"$manifest"
}

# The manifest's own directories are the first that it tells of.
begin_manifest() {
  doing || return 0
  missing='' path=${state#"$DESTDIR"}
  until [ -d "$DESTDIR$path" ]; do
    missing="dir $path${missing:+
$missing}"
    path=$(dirname "$path")
  done
  mkdir -p "$state"
  close_manifest
  [ -z "$missing" ] || printf '%s\n' "$missing" >>"$manifest"
}

# The innermost first; one that holds something else stays.
take_directories() {
  while IFS= read -r path; do
    rmdir "$DESTDIR$path" 2>/dev/null || :
  done <<PATHS
$(sed -n 's/^dir //p' "$manifest" | sort -r)
PATHS
}

# Now that all is taken back. A user who has to stay is remembered for the next --uninstall.
forget() {
  doing || return 0
  take_directories
  if [ -n "$user_stays" ]; then
    rm -rf "$saved"
    grep -E '^(user|group) |^dir /var' "$manifest" | replace "$manifest"
    return 0
  fi
  own=$(grep '^dir /var' "$manifest" | sed 's/^dir //' | sort -r)
  rm -rf "$state"
  for path in $own; do rmdir "$DESTDIR$path" 2>/dev/null || :; done
}
