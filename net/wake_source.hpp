// What ends a loop's sleep: an eventfd among its sockets. Made and read on the loop's thread; any thread
// may write to `fd`.
#pragma once

#include "net/io_source.hpp"

#include <cerrno>
#include <cstdint>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace vaquero {

struct wake_source final : io_source {
  wake_source() : fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd < 0) throw std::system_error{errno, std::system_category(), "eventfd"};
  }
  ~wake_source() { ::close(fd); }

  void on_ready(readiness) override {
    std::uint64_t count = 0;
    [[maybe_unused]] auto bytes = read(fd, &count, sizeof count);
  }
  void on_flush() override {}
  void on_deadline() override {}
  void on_stop(bool) override {}

  int fd;
};

} // namespace vaquero
