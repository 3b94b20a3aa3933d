#include "net/client_log.hpp"

namespace vaquero {

void client_log::write(log_level level, const std::string& kind, std::uint64_t count,
                       const std::string& line) {
  log(level, count == 1 ? line : kind + ", " + std::to_string(count) + " times now; " + line);
}

} // namespace vaquero
