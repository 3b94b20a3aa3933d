#include "net/frame_index.hpp"

#include <algorithm>
#include <utility>

namespace vaquero {

void frame_index::append(std::size_t at, std::size_t size, bool is_control, std::string_view key) {
  entries_.push_back({at, size, std::string{key}, is_control});
  if (!key.empty()) numbers_.emplace(key, first_number_ + entries_.size() - 1);
  ++size_;
}

frame_index::entry* frame_index::find(std::string_view key) {
  const auto found = numbers_.find(std::string{key});
  return found == numbers_.end() ? nullptr : &entries_[found->second - first_number_];
}

std::size_t frame_index::drop_oldest() {
  const auto oldest = std::find_if(entries_.begin(), entries_.end(),
                                   [](const entry& x) { return x.size != 0 && !x.is_control; });
  if (oldest == entries_.end()) return 0;
  const auto dropped = std::exchange(oldest->size, 0);
  if (!oldest->key.empty()) numbers_.erase(oldest->key);
  --size_;
  while (!entries_.empty() && entries_.front().size == 0)
    pop_front();
  return dropped;
}

void frame_index::forget_begun(std::size_t sent) {
  while (!entries_.empty() && (entries_.front().size == 0 || entries_.front().at < sent)) {
    auto& begun = entries_.front();
    if (begun.size != 0) {
      if (!begun.key.empty()) numbers_.erase(begun.key);
      --size_;
    }
    pop_front();
  }
}

void frame_index::pop_front() {
  entries_.pop_front();
  ++first_number_;
}

} // namespace vaquero
