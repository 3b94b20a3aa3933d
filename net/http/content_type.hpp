// What a file's name says about its content.
#pragma once

#include <string_view>

namespace vaquero {

/// "text/html; charset=utf-8" for "index.HTML"; "application/octet-stream" for what is not known, which a
/// browser saves and does not show.
std::string_view content_type_of(std::string_view file_name);

} // namespace vaquero
