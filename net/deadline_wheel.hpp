// Coarse deadlines for very many things: a wheel of lists, where setting and moving one costs a few
// instructions and no memory. For bounds (idle, handshake, close), not for the timers of a program.
// A plain data structure: it knows no clock, ticks are counted by whoever drives it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace vaquero {

/// What hangs in the wheel; part of whatever has the deadline. Takes itself out when destroyed.
class deadline_hook {
 public:
  deadline_hook() = default;
  ~deadline_hook() { unhook(); }
  deadline_hook(const deadline_hook&) = delete;
  deadline_hook& operator=(const deadline_hook&) = delete;

  bool is_set() const noexcept { return next_ != nullptr; }
  std::uint32_t due() const noexcept { return due_; }

  void unhook() noexcept {
    if (!next_) return;
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = nullptr;
  }

 private:
  friend class deadline_wheel;

  deadline_hook* next_ = nullptr;
  deadline_hook* previous_ = nullptr;
  std::uint32_t due_ = 0; // the tick at which it expires
};

class deadline_wheel {
 public:
  using tick = std::uint32_t;

  deadline_wheel();

  /// Sets or moves the deadline. One that is not after the wheel's present expires at its next tick.
  void set(deadline_hook& hook, tick due) noexcept;

  /// The first tick at which something may be due, never a later one; nothing if nothing can be.
  /// Kept up to date as deadlines are set; what was taken out may leave it early, once.
  std::optional<tick> next() const noexcept {
    return earliest_ == never ? std::nullopt : std::optional{earliest_};
  }

  tick now() const noexcept { return now_; }

  /// Moves the present to `now` and takes out all that is due, calling `expired(hook)` for each. It
  /// may set and unhook as it likes.
  template <class Expired>
  void advance(tick now, Expired&& expired) {
    // One lap visits every slot; more laps would find the same hooks again.
    const tick steps = now - now_ < slots ? now - now_ : slots;
    const tick first = now - steps + 1;
    const bool is_due = earliest_ <= now;
    now_ = now;
    if (!is_due) return;
    for (tick at = first; at != now + 1; ++at) {
      deadline_hook due;
      take_slot(at, due);
      while (due.next_ != &due) {
        auto& hook = *due.next_;
        hook.unhook();
        if (hook.due_ <= now)
          expired(hook);
        else
          insert(hook); // of a later lap
      }
      due.next_ = due.previous_ = nullptr;
    }
    earliest_ = find_earliest();
  }

 private:
  // 102 s a lap at ten ticks a second: an idle timeout of a minute is visited once.
  static constexpr tick slots = 1024;
  static constexpr tick never = 0xFFFFFFFF;

  deadline_hook& slot(tick at) noexcept { return slots_[at % slots]; }
  void insert(deadline_hook& hook) noexcept;
  void take_slot(tick at, deadline_hook& into) noexcept;
  tick find_earliest() const noexcept;

  std::array<deadline_hook, slots> slots_; // each the head of a ring
  tick now_ = 0;
  tick earliest_ = never;
};

} // namespace vaquero
