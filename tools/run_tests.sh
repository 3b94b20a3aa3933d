# shellcheck shell=bash disable=SC2154 # root_dir is set by tools/setup.sh
# Runs ctest and holds it to three rules that ctest does not know: no process is left behind, an
# interrupt ends everything, and under CI=true a skipped test fails. Sourced by test.sh, after
# tools/build.sh.

# Every process that a test starts inherits this variable, so that a strayed one can be found even
# when it left its process group.
test_run="$$-$(date +%s%N)"

processes_of_tests() {
  local folder
  for folder in /proc/[0-9]*; do
    if grep -qszxF "VAQUERO_TEST_RUN=$test_run" "$folder/environ"; then
      printf '%s ' "${folder#/proc/}"
    fi
  done
}

# Says which processes outlived the tests, ends them, and fails if there were any. What is still
# on its way out gets two seconds.
end_strays() {
  local strays pid deadline=$((SECONDS + 2))
  while ((SECONDS <= deadline)); do
    strays="$(processes_of_tests)"
    [[ -n "$strays" ]] || return 0
    sleep 0.1
  done
  for pid in $strays; do
    say "left behind by a test: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null || true)"
    kill -KILL "$pid" 2>/dev/null || true
  done
  return 1
}

on_interrupt() {
  trap - INT TERM HUP
  stop_attended
  end_strays || true
  say "interrupted"
  exit "$1"
}
trap 'on_interrupt 130' INT
trap 'on_interrupt 143' TERM
trap 'on_interrupt 129' HUP

# The sanitizers of g++ 12 and clang 14 cannot map their shadow memory where the kernel randomises
# addresses widely, so without randomisation where this machine allows to say so.
address_order=()
if setarch -R true 2>/dev/null; then address_order=(setarch -R); fi

sanitizer_options() {
  export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}"
  export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
  export TSAN_OPTIONS="${TSAN_OPTIONS:-second_deadlock_stack=1}"
}

# The names of tests that ctest counts as passed although they did not run.
not_run() {
  sed -n 's/^.*<testcase name="\([^"]*\)".*status="\(notrun\|disabled\)".*$/  \1 (\2)/p' "$1"
}

no_tests=error # what ctest is to make of a selection that matches nothing

# run_tests PRESET CTEST-ARGUMENT...
run_tests() {
  local folder="$root_dir/build/$1" status=0 skipped
  shift
  sanitizer_options
  rm -f "$folder/results.xml"
  attended env "VAQUERO_TEST_RUN=$test_run" "${address_order[@]}" \
    ctest --test-dir "$folder" --output-on-failure "--no-tests=$no_tests" --timeout 120 \
    --parallel "${CTEST_PARALLEL_LEVEL:-$(nproc)}" \
    --output-junit "$folder/results.xml" "$@" || status=$?
  end_strays || status=1
  skipped="$(not_run "$folder/results.xml" 2>/dev/null || true)"
  if [[ "${CI:-}" == true && -n "$skipped" ]]; then
    say "skipped, which fails here (CI=true):"
    printf '%s\n' "$skipped" >&2
    status=1
  fi
  return "$status"
}
