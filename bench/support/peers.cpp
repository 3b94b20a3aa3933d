#include "bench/support/peers.hpp"

#include <algorithm>
#include <array>

namespace vaquero::bench {

namespace {

namespace fs = std::filesystem;

/// The folder of modules that has Node's `ws`: as tools/setup.sh gets it, or as Debian installs it.
fs::path node_modules() {
  const std::array<fs::path, 3> folders{"/usr/share/nodejs",
                                        source_folder() / "build/peers/usr/share/nodejs",
                                        source_folder() / "tests/peers/node_modules"};
  auto found = std::find_if(folders.begin(), folders.end(),
                            [](const fs::path& each) { return fs::exists(each / "ws"); });
  return found == folders.end() ? folders.front() : *found;
}

server_spec program(const char* name) {
  const std::string path = peers_folder() / name;
  return {name, {path}, {path}};
}

server_spec node_ws() {
  const fs::path modules = node_modules();
  return {"ws",
          {"env", "NODE_PATH=" + modules.string(), "node", source_folder() / "bench/peers/ws.js"},
          {"node", modules / "ws"}};
}

/// Its schedulers would otherwise spin while they wait, which is not work. It maps the code that it
/// compiles from a file, where valgrind looks for changes only when told to.
server_spec erlang() {
  const fs::path folder = peers_folder();
  return {"erlang",
          {"env", "VALGRIND_OPTS=--smc-check=all", "erl", "+S", "1", "+sbwt", "none", "-noinput",
           "-pa", folder, "-s", "sockets", "main", "-extra"},
          {"erl", folder / "sockets.beam"}};
}

} // namespace

fs::path source_folder() { return VAQUERO_SOURCE; }

fs::path peers_folder() { return fs::read_symlink("/proc/self/exe").parent_path() / "peers"; }

std::vector<server_spec> peer_servers(bool deflate) {
  std::vector<server_spec> servers{program("beast"), program("websocketpp"),
                                   program("libwebsockets"), node_ws(), erlang()};
  for (server_spec& each : servers) {
    each.command.insert(each.command.end(), {"--port", "0"});
    if (deflate) each.command.push_back("--deflate");
  }
  return servers;
}

} // namespace vaquero::bench
