// The page at /: both demo handlers at work in a browser.
#pragma once

#include "net/http/response.hpp"

namespace vaquero {

response front_page();

} // namespace vaquero
