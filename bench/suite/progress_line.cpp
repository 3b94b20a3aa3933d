#include "bench/suite/progress_line.hpp"

#include <iostream>
#include <unistd.h>

namespace vaquero::bench {

namespace {

constexpr auto clear_line = "\r\x1b[K";
constexpr std::chrono::milliseconds between_on_terminal{200};
constexpr std::chrono::seconds between_lines{5};

} // namespace

progress_line::progress_line() : is_terminal_(isatty(STDERR_FILENO) == 1) {}

progress_line::~progress_line() {
  if (is_terminal_) std::cerr << clear_line << std::flush;
}

void progress_line::begin(const std::string& text) { show(text); }

void progress_line::update(const std::string& text) {
  const load_clock::duration pause = is_terminal_ ? load_clock::duration(between_on_terminal)
                                                  : load_clock::duration(between_lines);
  if (load_clock::now() - last_ >= pause) show(text);
}

void progress_line::show(const std::string& text) {
  last_ = load_clock::now();
  if (is_terminal_)
    std::cerr << clear_line << text << std::flush;
  else
    std::cerr << text << std::endl;
}

} // namespace vaquero::bench
