// The log, on stderr: one line an event. Thin, so that who includes it does not compile spdlog.
#pragma once

#include <string>
#include <string_view>

namespace vaquero {

void log_info(std::string_view line);
void log_warning(std::string_view line);
void log_error(std::string_view line);

/// A peer's bytes made safe to print: control characters and what is not ASCII become \xNN; cut at 200 bytes.
std::string printable(std::string_view text);

} // namespace vaquero
