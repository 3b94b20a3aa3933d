// What happened, in the order in which it was noted, from any thread. A test waits for it.
#pragma once

#include <catch2/catch.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace vaquero::test {

/// Far more than anything here takes, even on a busy machine with a sanitizer.
inline constexpr std::chrono::seconds patience{20};

using events = std::vector<std::string>;

class event_list {
 public:
  void note(std::string what) {
    std::lock_guard lock{mutex_};
    noted_.push_back(std::move(what));
    changed_.notify_all();
  }

  /// Waits until this many events are there, and takes these; what came later stays for the next.
  events take(std::size_t count) {
    std::unique_lock lock{mutex_};
    auto are_there = changed_.wait_for(lock, patience, [&] { return noted_.size() >= count; });
    CAPTURE(noted_, count);
    REQUIRE(are_there);
    const auto end = noted_.begin() + static_cast<std::ptrdiff_t>(count);
    events taken(std::make_move_iterator(noted_.begin()), std::make_move_iterator(end));
    noted_.erase(noted_.begin(), end);
    return taken;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  events noted_;
};

} // namespace vaquero::test
