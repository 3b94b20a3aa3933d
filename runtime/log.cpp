#include "runtime/log.hpp"

#include <boost/locale/utf.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>

namespace vaquero {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

/// One write a line of up to PIPE_BUF bytes, so that lines of several processes stay whole, and a write that
/// fails is noticed. It waits for nobody: what cannot be written at once is lost.
class descriptor_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit descriptor_sink(int fd) : fd_(fd) {}
  ~descriptor_sink() override {
    if (fd_ != STDERR_FILENO) ::close(fd_);
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (lost_ != 0 && report_lost(message)) lost_ = 0;
    if (!write(message)) ++lost_;
  }
  void flush_() override {}

  bool report_lost(const spdlog::details::log_msg& like) {
    const auto text = std::to_string(lost_) + " lines before this one could not be logged";
    return write({like.time, {}, like.logger_name, spdlog::level::warn, text});
  }

  bool write(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    if (is_torn_) line.push_back('\n');
    formatter_->format(message, line);
    for (std::size_t at = 0; at != line.size();) {
      // Other processes may hold the same end of a pipe, so it is not ours to make non-blocking. What is
      // ready takes as much as PIPE_BUF, as pipe(7) says.
      if (!is_ready()) return false;
      const auto count =
          ::write(fd_, line.data() + at, std::min<std::size_t>(line.size() - at, PIPE_BUF));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      at += static_cast<std::size_t>(count);
      is_torn_ = at != line.size();
    }
    return true;
  }

  /// What is broken is ready too: the write says so.
  bool is_ready() const {
    pollfd about{fd_, POLLOUT, 0};
    return ::poll(&about, 1, 0) == 1;
  }

  int fd_;
  std::uint64_t lost_ = 0;
  bool is_torn_ = false; // the last byte that was written is in the middle of a line
};

/// The event's text on one line: a line break, as between the frames of a stack, is written " | ". For
/// JSON as it stands between quotes.
class event_text final : public spdlog::custom_flag_formatter {
 public:
  explicit event_text(log_format format) : is_json_(format == log_format::json) {}

  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& into) override {
    const char* const end = message.payload.end();
    for (const char* at = message.payload.begin(); at != end;) {
      if (*at == '\n') {
        append(into, " | ");
        ++at;
      } else if (is_json_) {
        at = append_json(into, at, end);
      } else {
        into.push_back(*at++);
      }
    }
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<event_text>(*this);
  }

 private:
  static void append(spdlog::memory_buf_t& into, std::string_view text) {
    into.append(text.data(), text.data() + text.size());
  }
  /// A character as it is, or escaped if it is a control character. A byte that is no part of one is
  /// escaped alone. Returns what comes next.
  static const char* append_json(spdlog::memory_buf_t& into, const char* at, const char* end) {
    namespace utf = boost::locale::utf;
    constexpr utf::code_point last_control = 0x9F;
    const char* next = at;
    const auto code = utf::utf_traits<char>::decode(next, end);
    const bool is_character = code != utf::illegal && code != utf::incomplete;
    if (is_character && (code > last_control || (code >= ' ' && code < 0x7F))) {
      if (*at == '"' || *at == '\\') into.push_back('\\');
      into.append(at, next);
      return next;
    }
    const auto escaped = is_character ? code : static_cast<unsigned char>(*at);
    append(into, "\\u00");
    into.push_back(hex_digits[escaped >> 4]);
    into.push_back(hex_digits[escaped & 15]);
    return is_character ? next : at + 1;
  }

  bool is_json_;
};

constexpr spdlog::level::level_enum to_spdlog(log_level level) {
  constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info,
                                                  spdlog::level::warn, spdlog::level::err,
                                                  spdlog::level::off};
  return levels[static_cast<std::size_t>(level)];
}

std::shared_ptr<spdlog::logger> make_logger(int fd, const log_options& options) {
  auto sink = std::make_shared<descriptor_sink>(fd);
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<event_text>('*', options.format);
  const bool is_json = options.format == log_format::json;
  formatter->set_pattern(is_json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","event":"%*"})"
                                 : "%Y-%m-%dT%H:%M:%S.%e%z %l: %*");
  sink->set_formatter(std::move(formatter));
  auto made = std::make_shared<spdlog::logger>("vaquero", std::move(sink));
  made->set_level(to_spdlog(options.level));
  return made;
}

/// A terminal takes the front of a line and blocks for the rest, ready or not: it is opened again, so that
/// it is ours alone to be non-blocking.
int stderr_descriptor() {
  if (::isatty(STDERR_FILENO) == 0) return STDERR_FILENO;
  const int own = ::open("/proc/self/fd/2", O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  return own < 0 ? STDERR_FILENO : own;
}

using shared_logger = std::shared_ptr<spdlog::logger>;

struct place {
  std::mutex mutex;
  // stdout belongs to the program: its first line says where it listens.
  shared_logger logger = make_logger(stderr_descriptor(), {});
};

// Beside the logger's own, so that asking takes no lock.
std::atomic<log_level> least_logged = log_options{}.level;

place& current() {
  static place instance;
  return instance;
}

shared_logger logger() {
  std::lock_guard lock{current().mutex};
  return current().logger;
}

} // namespace

void set_log(const log_options& options) {
  int fd = -1;
  if (options.file.empty()) {
    fd = stderr_descriptor();
  } else { // non-blocking: where it is a pipe, nobody who may read it is waited for
    constexpr int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    fd = ::open(options.file.c_str(), flags, 0640);
    if (fd < 0)
      throw std::invalid_argument{"the log \"" + options.file +
                                  "\" cannot be opened: " + std::strerror(errno)};
  }
  auto next = make_logger(fd, options);
  std::lock_guard lock{current().mutex};
  current().logger = std::move(next);
  least_logged.store(options.level, std::memory_order_relaxed);
}

bool is_logged(log_level level) noexcept {
  return level >= least_logged.load(std::memory_order_relaxed);
}

void log(log_level level, std::string_view line) { logger()->log(to_spdlog(level), line); }
void log_debug(std::string_view line) { log(log_level::debug, line); }
void log_info(std::string_view line) { log(log_level::info, line); }
void log_warning(std::string_view line) { log(log_level::warning, line); }
void log_error(std::string_view line) { log(log_level::error, line); }

std::string printable(std::string_view text) {
  constexpr std::size_t shown_max = 200;
  std::string result;
  for (unsigned char c : text.substr(0, shown_max)) {
    if (c >= 0x20 && c < 0x7F && c != '\\') {
      result += static_cast<char>(c);
    } else {
      result += "\\x";
      result += hex_digits[c >> 4];
      result += hex_digits[c & 15];
    }
  }
  if (text.size() > shown_max) result += "...";
  return result;
}

} // namespace vaquero
