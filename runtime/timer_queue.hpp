// Timers in order of their deadline: a heap of slots that can be cancelled and read by reference.
// A plain data structure: it knows no clock and no thread, `expire` is told what time it is.
#pragma once

#include "runtime/refs.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/message.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace vaquero {

class registry;

using timer_clock = std::chrono::steady_clock;

/// What a timer does when it fires: sends `content` to a process, or to whoever has the name then.
struct timer_event {
  caf::weak_actor_ptr to;
  std::string to_name; // used where it is not empty
  caf::message content;
  const registry* names = nullptr; // where the name is looked up; nullptr: in the node's own
};

class timer_queue {
 public:
  /// `owner` is the process that the timer is for, so that it can be forgotten with it; nullptr for none.
  /// `make` gets the reference before the timer is in the queue, for messages that carry it.
  template <class MakeEvent>
  timer_ref add(timer_clock::time_point deadline, const void* owner, MakeEvent&& make) {
    auto slot = take_slot();
    timer_ref ref{reference(slot)};
    slots_[slot].event = make(ref);
    insert(slot, deadline, owner);
    return ref;
  }

  /// When it would have fired; nothing if it has fired, was cancelled, or never was. Who holds a lock
  /// takes the cancelled event along: a message may do anything when it is destroyed.
  std::optional<timer_clock::time_point> cancel(timer_ref ref, timer_event* event = nullptr);
  std::optional<timer_clock::time_point> read(timer_ref ref) const;

  /// Cancels all timers of this owner, and returns what they would have sent.
  std::vector<timer_event> forget(const void* owner);

  /// Takes the next event that is due at `now`, in order of deadlines.
  std::optional<timer_event> expire(timer_clock::time_point now);

  /// The earliest deadline; nothing while there is no timer.
  std::optional<timer_clock::time_point> next_deadline() const;

  std::size_t size() const noexcept { return heap_.size(); }

  /// References of queue `k` of `n` tell it by their lowest bits; see timer_service.
  static constexpr unsigned queue_bits = 8;
  explicit timer_queue(unsigned number = 0) : number_(number) {}

 private:
  using index = std::uint32_t;
  static constexpr index none = 0xFFFFFFFF;

  struct slot_data {
    timer_event event;
    const void* owner = nullptr;
    std::uint32_t generation = 1;
    index heap_place = none;
    index next_of_owner = none;
    index previous_of_owner = none;
  };
  struct heap_entry {
    timer_clock::time_point deadline;
    std::uint64_t order; // equal deadlines fire in the order they were started
    index slot;
    bool operator<(const heap_entry& other) const {
      return deadline != other.deadline ? deadline < other.deadline : order < other.order;
    }
  };

  std::uint64_t reference(index slot) const;
  index find(timer_ref ref) const;
  index take_slot();
  void insert(index slot, timer_clock::time_point deadline, const void* owner);
  timer_event remove(index slot);
  void place(std::size_t at, heap_entry entry);
  void sift_up(std::size_t at);
  void sift_down(std::size_t at);
  void unlink_from_owner(index slot);

  unsigned number_;
  std::uint64_t next_order_ = 0;
  std::vector<slot_data> slots_;
  std::vector<index> free_;
  std::vector<heap_entry> heap_;
  std::unordered_map<const void*, index> owners_; // the first slot of each owner's list
};

} // namespace vaquero
