// What the processes of a thread do to each other, counted where it happens: by this a worker tells whether
// those that it runs had better run on the core of those that they talk to. Each thread has its own.
#pragma once

#include <cstdint>

namespace vaquero::detail {

struct traffic {
  std::uint64_t messages = 0; // sent, or taken out of an inbox
  std::uint64_t moved = 0;    // processes that ran on another thread before
  std::int64_t blocks = 0;    // of messages: allocated here without being freed here, by the batch

  static traffic& here() noexcept { return here_; }

 private:
  static constinit thread_local traffic here_;
};

inline constinit thread_local traffic traffic::here_{};

} // namespace vaquero::detail
