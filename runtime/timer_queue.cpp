#include "runtime/timer_queue.hpp"

#include <algorithm>

namespace vaquero {

namespace {

// A reference: generation (32 bits), slot (24 bits), queue number (8 bits). 16 million timers a queue.
constexpr unsigned slot_bits = 24;
constexpr std::uint32_t slot_mask = (1u << slot_bits) - 1;

// Four children a node: half the levels of a binary heap, and a node's children share a cache line or two.
constexpr std::size_t arity = 4;

} // namespace

std::uint64_t timer_queue::reference(index slot) const {
  return (std::uint64_t{slots_[slot].generation} << 32) | (std::uint64_t{slot} << queue_bits) |
         number_;
}

timer_queue::index timer_queue::find(timer_ref ref) const {
  auto slot = static_cast<index>(ref.id >> queue_bits) & slot_mask;
  auto generation = static_cast<std::uint32_t>(ref.id >> 32);
  bool alive = slot < slots_.size() && slots_[slot].generation == generation &&
               slots_[slot].heap_place != none;
  return alive ? slot : none;
}

timer_queue::index timer_queue::take_slot() {
  if (!free_.empty()) {
    auto slot = free_.back();
    free_.pop_back();
    return slot;
  }
  if (slots_.size() > slot_mask) throw std::length_error{"a timer queue holds 16,777,216 timers"};
  slots_.emplace_back();
  return static_cast<index>(slots_.size() - 1);
}

void timer_queue::insert(index slot, timer_clock::time_point deadline, const void* owner) {
  auto& data = slots_[slot];
  data.owner = owner;
  if (owner) {
    auto [place, is_first] = owners_.try_emplace(owner, slot);
    data.previous_of_owner = none;
    data.next_of_owner = is_first ? none : place->second;
    if (!is_first) slots_[place->second].previous_of_owner = slot;
    place->second = slot;
  }
  heap_.emplace_back();
  heap_entry entry{deadline, next_order_++, slot};
  place(heap_.size() - 1, entry);
  sift_up(heap_.size() - 1);
}

std::optional<timer_clock::time_point> timer_queue::read(timer_ref ref) const {
  auto slot = find(ref);
  if (slot == none) return std::nullopt;
  return heap_[slots_[slot].heap_place].deadline;
}

std::optional<timer_clock::time_point> timer_queue::cancel(timer_ref ref, timer_event* event) {
  auto deadline = read(ref);
  if (!deadline) return std::nullopt;
  auto cancelled = remove(find(ref));
  if (event) *event = std::move(cancelled);
  return deadline;
}

std::vector<timer_event> timer_queue::forget(const void* owner) {
  std::vector<timer_event> forgotten;
  for (auto found = owners_.find(owner); found != owners_.end(); found = owners_.find(owner))
    forgotten.push_back(remove(found->second));
  return forgotten;
}

std::optional<timer_event> timer_queue::expire(timer_clock::time_point now) {
  if (heap_.empty() || heap_.front().deadline > now) return std::nullopt;
  return remove(heap_.front().slot);
}

std::optional<timer_clock::time_point> timer_queue::next_deadline() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().deadline;
}

timer_event timer_queue::remove(index slot) {
  auto& data = slots_[slot];
  auto at = data.heap_place;
  unlink_from_owner(slot);
  data.heap_place = none;
  if (++data.generation == 0) data.generation = 1; // 0 would make a reference that is no reference
  free_.push_back(slot);
  auto last = heap_.back();
  heap_.pop_back();
  if (at < heap_.size()) {
    place(at, last);
    sift_down(at);
    sift_up(at);
  }
  return std::exchange(data.event, {});
}

void timer_queue::unlink_from_owner(index slot) {
  auto& data = slots_[slot];
  if (!data.owner) return;
  if (data.previous_of_owner != none)
    slots_[data.previous_of_owner].next_of_owner = data.next_of_owner;
  else if (data.next_of_owner != none)
    owners_[data.owner] = data.next_of_owner;
  else
    owners_.erase(data.owner);
  if (data.next_of_owner != none)
    slots_[data.next_of_owner].previous_of_owner = data.previous_of_owner;
  data.owner = nullptr;
}

void timer_queue::place(std::size_t at, heap_entry entry) {
  heap_[at] = entry;
  slots_[entry.slot].heap_place = static_cast<index>(at);
}

void timer_queue::sift_up(std::size_t at) {
  auto entry = heap_[at];
  while (at != 0) {
    auto parent = (at - 1) / arity;
    if (!(entry < heap_[parent])) break;
    place(at, heap_[parent]);
    at = parent;
  }
  place(at, entry);
}

void timer_queue::sift_down(std::size_t at) {
  auto entry = heap_[at];
  while (true) {
    auto first = at * arity + 1;
    if (first >= heap_.size()) break;
    auto last = std::min(first + arity, heap_.size());
    auto least = std::min_element(heap_.begin() + static_cast<std::ptrdiff_t>(first),
                                  heap_.begin() + static_cast<std::ptrdiff_t>(last));
    if (!(*least < entry)) break;
    auto from = static_cast<std::size_t>(least - heap_.begin());
    place(at, *least);
    at = from;
  }
  place(at, entry);
}

} // namespace vaquero
