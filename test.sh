#!/usr/bin/env bash
# Runs the tests from a fresh clone: installs what is missing, builds, runs ctest.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/tools/setup.sh"
source "$here/tools/build.sh"
source "$here/tools/run_tests.sh"

usage() {
  cat <<'USAGE'
usage: ./test.sh [--asan | --tsan] [--long] [--filter REGEX] [--help]

  (nothing)        all tests but the long ones, built as run.sh builds (preset release)
  --asan           the same with AddressSanitizer and UndefinedBehaviorSanitizer
  --tsan           the same with ThreadSanitizer, and an actor library built with it (once, minutes)
  --long           instead the long tests: soaks, random programs and mutants against Erlang, and
                   each fuzz target for 60 seconds (with clang)
  --filter REGEX   only the tests whose name matches, as ctest -R takes it
  --help           this

The exit status is that of the tests. With CI=true in the environment a skipped test fails.
USAGE
}

refuse() {
  printf 'test.sh: %s\n\n' "$1" >&2
  usage >&2
  exit 2
}

preset=release long=no filter=""

choose_preset() {
  [[ "$preset" == release ]] || refuse "--asan and --tsan exclude each other"
  preset="$1"
}

read_options() {
  while (($# > 0)); do
    case "$1" in
      --asan | --tsan) choose_preset "${1#--}" ;;
      --long) long=yes ;;
      --filter)
        (($# > 1)) || refuse "--filter wants a regular expression"
        filter="$2"
        shift
        ;;
      --filter=*) filter="${1#--filter=}" ;;
      -h | --help) usage && exit 0 ;;
      *) refuse "unknown option: $1" ;;
    esac
    shift
  done
}

main() {
  read_options "$@"
  local needs=(need_build need_tests) fuzz=no status=0
  if [[ "$long" == yes && "$preset" == release ]]; then fuzz=yes; fi
  if [[ "$fuzz" == yes ]]; then needs+=(need_fuzz); fi
  set_up "${needs[@]}"
  need_ws
  if [[ "$preset" == tsan ]]; then attended "$here/cmake/tsan_caf.sh"; fi

  local select=(-LE '^(long|fuzz)$')
  if [[ "$long" == yes ]]; then select=(-L '^long$'); fi
  if [[ -n "$filter" ]]; then select+=(-R "$filter"); fi
  # A filter may match only soaks or only fuzz targets.
  if [[ -n "$filter" && "$fuzz" == yes ]]; then no_tests=ignore; fi
  build "$preset"
  run_tests "$preset" "${select[@]}" || status=1
  if [[ "$fuzz" == yes ]]; then
    build fuzz --target fuzz
    run_tests fuzz -L '^fuzz$' ${filter:+-R "$filter"} || status=1
  fi
  return "$status"
}

main "$@"
