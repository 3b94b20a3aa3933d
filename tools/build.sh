# shellcheck shell=bash disable=SC2154 # root_dir is set by tools/setup.sh
# Configures and builds a preset, and runs long steps so that a signal ends them too. Sourced by
# run.sh and test.sh, after tools/setup.sh.

# One compiler per core, and 1 GB for each: the actor library's headers are heavy.
default_jobs() {
  local cores memory
  cores="$(nproc)"
  memory="$(awk '/^MemAvailable/ {print int($2 / 1000000)}' /proc/meminfo)"
  if ((memory < 1)); then memory=1; fi
  printf '%s' "$((memory < cores ? memory : cores))"
}

# attended COMMAND...: runs it in a process group of its own, so that a signal to this script is
# answered at once (bash would wait for the command to end) and reaches all that it started.
attended_pid=""
attended() {
  local status=0
  set -m
  "$@" </dev/null &
  attended_pid=$!
  set +m
  wait "$attended_pid" || status=$?
  attended_pid=""
  return "$status"
}
stop_attended() {
  if [[ -n "$attended_pid" ]]; then kill -TERM -- "-$attended_pid" 2>/dev/null || true; fi
}

# A configured tree is kept; ninja itself notices changed CMake files, but not changed presets,
# and not that the whole repository was moved.
is_configured() {
  local stamp="$root_dir/build/$1/.configured"
  [[ -f "$root_dir/build/$1/build.ninja" && -f "$stamp" && "$(<"$stamp")" == "$root_dir" &&
    ! "$root_dir/CMakePresets.json" -nt "$stamp" ]]
}

configure() {
  local preset="$1" folder="$root_dir/build/$1"
  if is_configured "$preset"; then return 0; fi
  say "configuring the preset $preset"
  mkdir -p "$folder"
  if ! (cd "$root_dir" && cmake --preset "$preset" --fresh) >"$folder/configure.log" 2>&1; then
    cat "$folder/configure.log" >&2
    die "cmake --preset $preset failed"
  fi
  printf '%s\n' "$root_dir" >"$folder/.configured"
}

# build PRESET [--target NAME...]: waits while another script builds in this repository.
build() {
  local preset="$1" lock
  export CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$(default_jobs)}"
  mkdir -p "$root_dir/build"
  exec {lock}>"$root_dir/build/.lock"
  flock --nonblock "$lock" || { say "waiting for another build to end" && flock "$lock"; }
  configure "$preset"
  say "building the preset $preset ($CMAKE_BUILD_PARALLEL_LEVEL at a time)"
  shift
  attended cmake --build "$root_dir/build/$preset" "$@" >&2 || die "the build failed"
  exec {lock}>&-
}
