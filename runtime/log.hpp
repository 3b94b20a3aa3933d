// The log: one line an event, as text or JSON, on stderr or in a file. Thin, so that who includes it does
// not compile spdlog. Any thread, after set_log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vaquero {

enum class log_level : std::uint8_t { debug, info, warning, error, off };
enum class log_format : std::uint8_t {
  text, // 2026-11-22T01:02:03.456+00:00 warning: what happened
  json, // {"time":"2026-11-22T01:02:03.456+00:00","level":"warning","event":"what happened"}
};

struct log_options {
  /// What is less is not logged.
  log_level level = log_level::info;

  log_format format = log_format::text;

  /// Appended to; empty: stderr.
  std::string file = {};
};

/// Where the log goes from now on. Throws std::invalid_argument, with the reason, if the file cannot be
/// opened; everything stays as it was then. A log that cannot be written later, for a full disk or a
/// closed pipe, loses lines and stops nobody: lost ones are counted, and their number is logged as soon
/// as that can be done.
void set_log(const log_options& options);

/// Whether a line of this level is logged now: for who would make one for nothing.
bool is_logged(log_level level) noexcept;

void log(log_level level, std::string_view line);
void log_debug(std::string_view line);
void log_info(std::string_view line);
void log_warning(std::string_view line);
void log_error(std::string_view line);

/// A peer's bytes made safe to print: control characters and what is not ASCII become \xNN; cut at 200 bytes.
std::string printable(std::string_view text);

} // namespace vaquero
