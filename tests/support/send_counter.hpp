// Counts the writes to sockets: this program's own `syscall` stands in front of the system's, so
// that a test sees how often a server writes, whatever the kernel joins or splits afterwards.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vaquero::testing {

/// How often sockets with this local port were written to since the program began. Any thread.
std::size_t writes_from_port(std::uint16_t port);

} // namespace vaquero::testing
