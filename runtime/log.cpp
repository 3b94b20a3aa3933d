#include "runtime/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace vaquero {

namespace {

spdlog::logger& logger() {
  // stdout belongs to the program: its first line says where it listens.
  static auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("vaquero",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l: %v");
    return made;
  }();
  return *instance;
}

} // namespace

void log_info(std::string_view line) { logger().info(line); }
void log_warning(std::string_view line) { logger().warn(line); }
void log_error(std::string_view line) { logger().error(line); }

std::string printable(std::string_view text) {
  constexpr std::size_t shown_max = 200;
  constexpr auto digits = "0123456789abcdef";
  std::string result;
  for (unsigned char c : text.substr(0, shown_max)) {
    if (c >= 0x20 && c < 0x7F && c != '\\') {
      result += static_cast<char>(c);
    } else {
      result += "\\x";
      result += digits[c >> 4];
      result += digits[c & 15];
    }
  }
  if (text.size() > shown_max) result += "...";
  return result;
}

} // namespace vaquero
