#include "runtime/process_table.hpp"

#include "runtime/process.hpp"

#include <algorithm>
#include <thread>

namespace vaquero {

namespace {

// Stands where a process was taken out and others lie behind it.
process* const gap = reinterpret_cast<process*>(1);

constexpr std::size_t slots_min = 16;

// Full up to 7 of 8, and to 2 of 3 afterwards. Numbers that follow each other fall side by side, so that
// even then few look further than one slot.
constexpr bool is_crowded(std::size_t used, std::size_t slots) { return used * 8 > slots * 7; }
constexpr std::size_t slots_for(std::size_t count) { return count + count / 2; }

bool is_process(const process* slot) noexcept { return slot && slot != gap; }

} // namespace

// Held for a few instructions, except while a shard grows or is listed.
class process_table::shard::guard {
 public:
  explicit guard(std::atomic_flag& flag) noexcept : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire))
      std::this_thread::yield();
  }
  ~guard() { flag_.clear(std::memory_order_release); }
  guard(const guard&) = delete;
  guard& operator=(const guard&) = delete;

 private:
  std::atomic_flag& flag_;
};

void process_table::shard::place(process& placed) {
  auto at = home_of(placed.id());
  while (is_process(slots_[at]))
    at = next(at);
  if (!slots_[at]) ++used_;
  slots_[at] = &placed;
}

void process_table::shard::rebuild() {
  std::vector<process*> old(std::max(slots_min, slots_for(count_)));
  old.swap(slots_);
  used_ = 0;
  for (auto* each : old)
    if (is_process(each)) place(*each);
}

void process_table::shard::add(process& added) {
  guard lock{is_locked_};
  if (is_crowded(used_ + 1, slots_.size())) rebuild();
  place(added);
  ++count_;
  ++started_;
}

void process_table::shard::remove(const process& removed) {
  guard lock{is_locked_};
  auto at = home_of(removed.id());
  while (slots_[at] != &removed)
    at = next(at);
  --count_;
  const bool is_last = !slots_[next(at)];
  slots_[at] = is_last ? nullptr : gap;
  if (is_last) --used_;
  if (slots_.size() > slots_min && count_ * 8 < slots_.size()) rebuild(); // gives memory back
}

void process_table::shard::look_at(caf::actor_id id,
                                   const std::function<void(const process&)>& look) const {
  guard lock{is_locked_};
  if (slots_.empty()) return;
  for (auto at = home_of(id); slots_[at]; at = next(at))
    if (slots_[at] != gap && slots_[at]->id() == id) return look(*slots_[at]);
}

void process_table::shard::append_to(std::vector<caf::actor>& found) const {
  guard lock{is_locked_};
  found.reserve(found.size() + count_);
  for (auto* each : slots_)
    if (is_process(each)) found.push_back(each->self());
}

// With the lock held to the end: whoever waits takes it as well before he frees the table.
void process_table::shard::has_finished() noexcept {
  guard lock{is_locked_};
  finished_.store(finished_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (is_awaited_) [[unlikely]]
    finished_.notify_all();
}

void process_table::shard::wait_until_all_have_finished() {
  while (true) {
    std::uint32_t seen = 0;
    {
      guard lock{is_locked_};
      seen = finished_.load(std::memory_order_relaxed);
      is_awaited_ = seen != started_;
      if (!is_awaited_) return;
    }
    finished_.wait(seen, std::memory_order_relaxed);
  }
}

std::uint32_t process_table::shard::started() const noexcept {
  guard lock{is_locked_};
  return started_;
}

std::uint32_t process_table::shard::finished() const noexcept {
  guard lock{is_locked_};
  return finished_.load(std::memory_order_relaxed);
}

void process_table::add(process& added) { shard_of(added.id()).add(added); }

void process_table::remove(process& removed) { shard_of(removed.id()).remove(removed); }

void process_table::has_finished(caf::actor_id id) noexcept { shard_of(id).has_finished(); }

// One of a shard that is looked at later may begin others in one that was looked at before, and end: only
// the sums tell. Those that finished first: where they are as many as began until later, none was left.
void process_table::wait_until_all_have_finished() const {
  std::uint32_t started = 0;
  std::uint32_t finished = 0;
  do {
    started = finished = 0;
    for (auto& each : shards_)
      each.wait_until_all_have_finished();
    for (const auto& each : shards_)
      finished += each.finished();
    for (const auto& each : shards_)
      started += each.started();
  } while (finished != started);
}

void process_table::look_at(caf::actor_id id,
                            const std::function<void(const process&)>& look) const {
  shard_of(id).look_at(id, look);
}

std::vector<caf::actor> process_table::all() const {
  std::vector<caf::actor> found;
  for (const auto& each : shards_)
    each.append_to(found);
  std::lock_guard lock{listers_mutex_};
  for (const auto& [owner, list] : listers_)
    list(found);
  return found;
}

void process_table::add_lister(const void* owner, lister list) {
  std::lock_guard lock{listers_mutex_};
  listers_.emplace_back(owner, std::move(list));
}

void process_table::remove_lister(const void* owner) {
  std::lock_guard lock{listers_mutex_};
  std::erase_if(listers_, [owner](const auto& each) { return each.first == owner; });
}

} // namespace vaquero
