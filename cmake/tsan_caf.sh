#!/usr/bin/env bash
# Builds the actor library with ThreadSanitizer into build/tsan-caf, where the preset tsan looks
# for it. Debian's build is not instrumented, and its synchronisation, which the sanitizer then
# cannot see, shows up as false races. Takes minutes once; afterwards it returns at once.
set -euo pipefail

readonly VERSION=0.17.6
root_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
folder="$root_dir/build/tsan-caf"
log="$folder/build.log"

say() { printf '== %s\n' "$*" >&2; }
die() {
  printf '!! %s\n' "$@" >&2
  exit 1
}

# A copy of this machine's own package sources that asks for source packages, which Debian leaves
# out: apt reads it instead of /etc/apt, so that nothing on the machine changes.
write_sources() {
  local file name
  rm -rf "$folder/apt"
  mkdir -p "$folder/apt/parts" "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
    [[ -f "$file" ]] || continue
    name="$folder/apt/parts/${file##*/}"
    case "$file" in
      *.sources) sed -E 's/^Types:.*/Types: deb-src/' "$file" >"$name" ;;
      *) sed -nE 's/^[[:space:]]*deb[[:space:]]/deb-src /p' "$file" >"$name" ;;
    esac
  done
}

# apt as this user, with the folders above.
apt_here() {
  local command="$1"
  shift
  "$command" -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$folder/apt/parts" \
    -o "Dir::State::Lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt/cache" \
    -o APT::Sandbox::User= "$@"
}

# The checksum that the signed package lists give for a file.
listed_checksum() {
  apt_here apt-cache showsrc actor-framework |
    awk -v name="$1" '/^Checksums-Sha256:/ {on = 1; next} /^[^ ]/ {on = 0}
                      on && $3 == name {print $1; exit}'
}

# Only the upstream tarball is needed; a mirror may lack the packaging, and apt then fails.
fetch_source() {
  local tarball="actor-framework_$VERSION.orig.tar.gz"
  write_sources
  {
    apt_here apt-get -q update
    (cd "$folder" && apt_here apt-get -q source --download-only actor-framework)
  } >>"$log" 2>&1 || true
  [[ -f "$folder/$tarball" ]] || return 1
  sha256sum --status --check <<<"$(listed_checksum "$tarball")  $folder/$tarball" || return 1
  rm -rf "$folder/source"
  mkdir "$folder/source"
  tar -xzf "$folder/$tarball" -C "$folder/source" --strip-components=1
}

# `limits` is what the sources of 0.17.6 forget to include for today's compilers.
build_library() {
  cmake -S "$folder/source" -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCMAKE_CXX_COMPILER=g++ -DCMAKE_CXX_FLAGS="-fsanitize=thread -include limits -w" \
    -DCMAKE_INSTALL_PREFIX="$folder/install" -DCMAKE_INSTALL_LIBDIR=lib \
    -DCAF_NO_AUTO_LIBCPP=ON -DCAF_NO_EXAMPLES=ON -DCAF_NO_UNIT_TESTS=ON -DCAF_NO_TOOLS=ON \
    -DCAF_NO_PYTHON=ON -DCAF_NO_OPENCL=ON &&
    cmake --build "$folder/build" &&
    cmake --install "$folder/build"
}

if [[ -f "$folder/install/.complete" ]]; then exit 0; fi
mkdir -p "$folder"
: >"$log"
say "getting the sources of the actor library $VERSION (log: build/tsan-caf/build.log)"
fetch_source || die "The source package actor-framework $VERSION cannot be had." \
  "Tried: apt-get source --download-only actor-framework, with deb-src for each package source" \
  "of this machine; the answer is in $log." \
  "Without it the tests run plainly and with --asan, not with --tsan."
say "building the actor library with ThreadSanitizer (minutes, once)"
build_library >>"$log" 2>&1 || { tail -n 20 "$log" >&2 && die "The build failed; see $log"; }
rm -rf "$folder/build" "$folder/source" "$folder/apt"
touch "$folder/install/.complete"
