#include "net/last_response.hpp"

#include <chrono>

namespace vaquero {

std::string last_response(const response& with, bool head_request) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return serialise(with, false, head_request, http_date(now));
}

} // namespace vaquero
