# shellcheck shell=bash
# What the build and the tests need, and how to get it. Sourced by run.sh and test.sh, which call
# set_up with need_build, need_tests and need_fuzz. Something is installed only where its command,
# header or module is missing, so tools of another packaging are left as they are.
# Messages go to standard error: the standard output of run.sh belongs to the server.
# tools/bare_debian.sh tries all this on a machine that has nothing.

root_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
setup_log="$root_dir/build/setup.log"
missing_packages=()
missing_facts=() # one sentence for each missing package: what was looked for

say() { printf '== %s\n' "$*" >&2; }
die() {
  printf '!! %s\n' "$@" >&2
  exit 1
}

# need PACKAGE "WHAT IS LOOKED FOR" PROBE...: notes the package if the probe fails.
need() {
  local package="$1" fact="$2"
  shift 2
  if ! "$@"; then
    missing_packages+=("$package")
    missing_facts+=("$package: $fact")
  fi
}

has_command() { command -v "$1" >/dev/null 2>&1; }
has_header() { [[ -n "$(header_path "$1")" ]]; }
header_path() {
  local folder
  for folder in /usr/local/include /usr/include; do
    if [[ -e "$folder/$1" ]]; then
      printf '%s' "$folder/$1"
      return
    fi
  done
}

# at_least WANTED ACTUAL: compares dotted version numbers.
at_least() { [[ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" == "$1" ]]; }
has_gxx() { has_command g++ && at_least 12 "$(g++ -dumpfullversion -dumpversion)"; }
has_cmake() { has_command cmake && at_least 3.25 "$(cmake --version | sed -n '1s/[^0-9]*//p')"; }
has_caf() {
  has_header caf/config.hpp && grep -q 'define CAF_VERSION 1706' "$(header_path caf/config.hpp)"
}
has_boost() {
  local header version
  header="$(header_path boost/version.hpp)"
  [[ -n "$header" ]] || return 1
  version="$(sed -n 's/^#define BOOST_VERSION \([0-9]*\).*/\1/p' "$header")"
  ((version >= 108100))
}

need_build() {
  need g++ "g++, version 12 or later" has_gxx
  need cmake "cmake, version 3.25 or later" has_cmake
  need ninja-build "the command ninja" has_command ninja
  need libcaf-dev "the C++ Actor Framework 0.17.6 (caf/config.hpp)" has_caf
  need libboost1.81-dev "Boost 1.81 or later (boost/version.hpp)" has_boost
  need libssl-dev "the header openssl/ssl.h" has_header openssl/ssl.h
  need zlib1g-dev "the header zlib.h" has_header zlib.h
  need libspdlog-dev "the header spdlog/spdlog.h" has_header spdlog/spdlog.h
  need libcli11-dev "the header CLI/CLI.hpp" has_header CLI/CLI.hpp
  need libtoml11-dev "the header toml.hpp" has_header toml.hpp
  need catch2 "the header catch2/catch.hpp" has_header catch2/catch.hpp
}

# The peers of the tests are written in Python and JavaScript. Debian's python3-websockets serves
# only Debian's own interpreter, so the tests name /usr/bin/python3, whatever `python3` may be.
has_python() { [[ -x /usr/bin/python3 ]]; }
has_selenium() { has_python && /usr/bin/python3 -c 'import selenium' 2>/dev/null; }
has_websockets() { has_python && /usr/bin/python3 -c 'import websockets' 2>/dev/null; }

# With a node of another packaging, Debian's node-ws would pull Debian's nodejs over it; need_ws
# serves that case.
need_node() {
  need nodejs "the command node" has_command node
  if ! has_command node; then need node-ws "the module ws for node" false; fi
}

has_erlang_crypto() {
  has_command erl &&
    erl -noinput -eval 'halt(case code:which(crypto) of non_existing -> 1; _ -> 0 end).'
}

# What the peers of the benchmarks stand on.
need_peers() {
  need libwebsocketpp-dev "the header websocketpp/server.hpp" has_header websocketpp/server.hpp
  need libwebsockets-dev "the header libwebsockets.h" has_header libwebsockets.h
  need erlang-base "the commands erl and erlc" has_command erlc
  need erlang-crypto "Erlang's application crypto" has_erlang_crypto
  need_node
}

# What counts their instructions and system calls.
need_counters() {
  need valgrind "the commands valgrind and vgdb" has_command vgdb
  need strace "the command strace" has_command strace
}

need_tests() {
  need python3 "the interpreter /usr/bin/python3" has_python
  need python3-websockets "the module websockets for /usr/bin/python3" has_websockets
  need chromium "the command chromium" has_command chromium
  need chromium-driver "the command chromedriver" has_command chromedriver
  need python3-selenium "the module selenium for /usr/bin/python3" has_selenium
  need curl "the command curl" has_command curl
  need dpkg-dev "the command dpkg-shlibdeps" has_command dpkg-shlibdeps
  need file "the command file" has_command file
  need openssl "the command openssl" has_command openssl
  need strace "the command strace" has_command strace
  need_peers
}

fuzzer_runtime() { clang++ -print-file-name="libclang_rt.fuzzer-$(uname -m).a"; }
has_fuzzer_runtime() { has_command clang++ && [[ -f "$(fuzzer_runtime)" ]]; }
need_fuzz() {
  need clang "the command clang++" has_command clang++
  need libclang-rt-14-dev "the libFuzzer runtime of clang++" has_fuzzer_runtime
}

# --- installing ----------------------------------------------------------------------------------

# sudo may ask for a password only where somebody sits at a terminal.
may_be_root() {
  ((EUID == 0)) || { has_command sudo && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; }
}
apt_as_root() {
  local command=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@")
  if ((EUID != 0)); then command=(sudo "${command[@]}"); fi
  printf '\n$ %s\n' "${command[*]}" >>"$setup_log"
  "${command[@]}" >>"$setup_log" 2>&1 </dev/null
}

# Never removes what is installed already: better to explain than to break another project.
apt_install() { apt_as_root install -y --no-install-recommends --no-remove "$@"; }

explain_by_hand() {
  die "Missing here:" "${missing_facts[@]/#/   }" "$1" \
    "Install by hand, then start this script again. On Debian 12, as root:" \
    "   apt-get update && apt-get install --no-install-recommends ${missing_packages[*]}"
}

explain_failure() {
  local package refused=()
  for package in "${missing_packages[@]}"; do
    if ! apt-get install -s -y --no-remove "$package" >/dev/null 2>&1; then
      refused+=("$package")
    fi
  done
  tail -n 15 "$setup_log" >&2
  die "apt-get could not install: ${refused[*]:-${missing_packages[*]}}" \
    "Tried: apt-get update; apt-get install --no-install-recommends --no-remove" \
    "       ${missing_packages[*]}" \
    "The full answer is in $setup_log. What to look at:" \
    "   - is this Debian 12, with the component main in its package sources (/etc/apt)?" \
    "   - can this machine reach its package sources (apt-get update)?" \
    "   - does a package that is installed here exclude it (apt-get install -s PACKAGE)?"
}

install_missing() {
  ((${#missing_packages[@]} > 0)) || return 0
  has_command apt-get || explain_by_hand "There is no apt-get on this machine."
  may_be_root || explain_by_hand "Installing needs root or sudo; this user has neither."
  mkdir -p "$root_dir/build"
  say "installing ${missing_packages[*]} (takes minutes; log: build/setup.log)"
  apt_as_root update || say "apt-get update had errors; going on with the lists that are there"
  apt_install "${missing_packages[@]}" || explain_failure
  # What was configured before has looked for them in vain.
  rm -f "$root_dir"/build/*/.configured
  hash -r # forget where commands were, or were not
}

# check_again NEED...: what was installed must now be found; another tool may come first on PATH.
check_again() {
  ((${#missing_packages[@]} > 0)) || return 0
  missing_packages=() missing_facts=()
  local step
  for step in "$@"; do "$step"; done
  if ((${#missing_packages[@]} > 0)); then
    explain_by_hand "The packages were installed, yet this is not found or too old (PATH=$PATH)."
  fi
}

# set_up NEED...: the whole of it. Calls neither apt nor npm where everything is there.
set_up() {
  local step
  for step in "$@"; do "$step"; done
  install_missing
  check_again "$@"
}

# --- the WebSocket peer in JavaScript ------------------------------------------------------------

# Where node finds `ws` when tests/peers/node_modules does not have it.
export NODE_PATH="$root_dir/build/peers/usr/share/nodejs:/usr/share/nodejs${NODE_PATH:+:$NODE_PATH}"

has_ws() { (cd "$root_dir/tests/peers" && node -e 'require("ws")' >/dev/null 2>&1); }

# Unpacks Debian's node-ws without installing it: no root, and no nodejs beside the one here.
unpack_debian_ws() {
  has_command apt-get && has_command dpkg-deb || return 1
  local folder="$root_dir/build/peers"
  mkdir -p "$folder"
  (cd "$folder" && apt-get -q download node-ws && dpkg-deb -x node-ws_*.deb .) >>"$setup_log" 2>&1
}

npm_ws() {
  has_command npm &&
    npm ci --prefix "$root_dir/tests/peers" --no-audit --no-fund >>"$setup_log" 2>&1
}

need_ws() {
  if has_ws; then return 0; fi
  mkdir -p "$root_dir/build"
  say "getting the node module ws for $(command -v node)"
  if unpack_debian_ws && has_ws; then return 0; fi
  if npm_ws && has_ws; then return 0; fi
  if may_be_root && apt_as_root update && unpack_debian_ws && has_ws; then return 0; fi
  die "The node module ws, which the tests use as a WebSocket peer, cannot be had." \
    "Tried: apt-get download node-ws; npm ci --prefix tests/peers (answers: $setup_log)" \
    "Make either work, or run: npm install --prefix tests/peers ws"
}
