// The servers that the product is compared with: what bench/setup installs, and the build puts
// beside the benchmark programs. This list is the only one.
#pragma once

#include "bench/support/server.hpp"

#include <filesystem>
#include <vector>

namespace vaquero::bench {

/// The repository.
std::filesystem::path source_folder();

/// Where the peers are built: `peers` beside the running program.
std::filesystem::path peers_folder();

/// All peers, Beast first, on one thread each and a free port. Whether they are there is not
/// looked at.
std::vector<server_spec> peer_servers(bool deflate);

} // namespace vaquero::bench
