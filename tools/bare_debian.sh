#!/usr/bin/env bash
# Tries a command of this repository on a Debian 12 that has nothing but apt, git and a shell.
#
#   usage: tools/bare_debian.sh FOLDER [COMMAND]      (as root; COMMAND is ./test.sh unless named)
#
# FOLDER must not exist, or be left by an earlier KEEP=yes. A fresh system is made there with
# mmdebstrap and this machine's own apt settings, the committed state is cloned into it, and COMMAND
# runs in the clone as root, without this machine's environment. Afterwards FOLDER is deleted;
# with KEEP=yes in the environment it stays, and the next call with it goes on where this one ended.
set -euo pipefail

readonly CLONE=/root/repository # inside FOLDER
root_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

say() { printf '== %s\n' "$*" >&2; }
die() {
  printf '!! %s\n' "$@" >&2
  exit 1
}

apt_sources() {
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
    if [[ -s "$file" ]]; then printf '%s\n' "$file"; fi
  done
}

# What apt needs to reach its sources (a proxy, say), and none of what else this machine sets.
apt_acquire_settings() {
  local name
  for name in Acquire::http Acquire::https Acquire::Check-Valid-Until Acquire::Check-Date; do
    apt-config dump --no-empty --format '%f "%v";%n' "$name"
  done
}

make_system() {
  local folder="$1" settings sources
  settings="$(mktemp)"
  apt_acquire_settings >"$settings"
  mapfile -t sources < <(apt_sources)
  say "making a bare Debian in $folder"
  mmdebstrap --quiet --variant=apt --include=git --aptopt="$settings" bookworm "$folder" \
    "${sources[@]}"
  rm -f "$settings"
}

copy_repository() {
  say "cloning $(git -C "$root_dir" log -1 --format='%h %s')"
  rm -rf "$1$CLONE.new"
  git clone --quiet "$root_dir" "$1$CLONE.new"
  # What an earlier call built stays, as it would for somebody who pulls.
  if [[ -d "$1$CLONE/build" ]]; then mv "$1$CLONE/build" "$1$CLONE.new/build"; fi
  rm -rf "${1:?}$CLONE"
  mv "$1$CLONE.new" "$1$CLONE"
  cp --dereference /etc/resolv.conf /etc/hosts "$1/etc/"
}

# In mount and process namespaces of its own: what is mounted or started there ends with it.
run_inside() {
  local folder="$1" command="$2"
  unshare --mount --pid --fork --kill-child bash -euo pipefail -c '
    mount --make-rprivate /
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    mount -t tmpfs tmpfs "$1/tmp"
    exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 ${CI:+CI="$CI"} \
      chroot "$1" /bin/bash -c "cd $2 && $3"' inside "$folder" "$CLONE" "$command"
}

main() {
  (($# >= 1)) || die "usage: tools/bare_debian.sh FOLDER [COMMAND]"
  ((EUID == 0)) || die "Making a system and entering it needs root."
  command -v mmdebstrap >/dev/null || die "Needs mmdebstrap (apt-get install mmdebstrap)."
  local folder status=0
  folder="$(realpath -m "$1")"
  if [[ ! -d "$folder" ]]; then
    make_system "$folder"
  elif [[ ! -d "$folder$CLONE" ]]; then
    die "$folder exists and is not of this script's making."
  fi
  copy_repository "$folder"
  run_inside "$folder" "${2:-./test.sh}" || status=$?
  if [[ "${KEEP:-no}" != yes ]]; then rm -rf --one-file-system "$folder"; fi
  say "the command ended with status $status"
  return "$status"
}

main "$@"
