// The response that ends a socket's HTTP: with today's Date, and Connection: close.
#pragma once

#include "net/http/response.hpp"

namespace vaquero {

/// Its bytes. Throws std::invalid_argument as `serialise` does.
std::string last_response(const response& with, bool head_request = false);

} // namespace vaquero
