#include "net/websocket_options.hpp"

#include "net/websocket/close_code.hpp"

#include <stdexcept>

namespace vaquero {

void check_options(const websocket_options& options) {
  if (!is_valid_close_code(options.queue_close_code))
    throw std::invalid_argument{"queue_close_code is one of 1000-1003, 1007-1014, 3000-4999"};
  if (options.queue_low_percent > options.queue_high_percent || options.queue_high_percent > 100)
    throw std::invalid_argument{
        "queue_low_percent is at most queue_high_percent, that at most 100"};
  if (options.lifetime_spread_percent > 100)
    throw std::invalid_argument{"lifetime_spread_percent is at most 100"};
  check_deflate_options(options.deflate);
}

} // namespace vaquero
