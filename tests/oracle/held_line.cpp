#include "tests/oracle/scenario_process.hpp"

namespace vaquero::oracle {

void held_line::call(command what) {
  std::unique_lock lock{mutex_};
  waiting_ = std::move(what);
  is_idle_ = false;
  changed_.notify_all();
  changed_.wait(lock, [&] { return is_idle_ || is_closed_; });
}

command held_line::next() {
  std::unique_lock lock{mutex_};
  is_idle_ = !waiting_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return waiting_.has_value(); });
  return *std::exchange(waiting_, std::nullopt);
}

void held_line::close() {
  std::lock_guard lock{mutex_};
  is_closed_ = true;
  changed_.notify_all();
}

bool held_line::is_closed() const {
  std::lock_guard lock{mutex_};
  return is_closed_;
}

} // namespace vaquero::oracle
