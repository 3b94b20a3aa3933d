// The memory that a loop lends to its sources, and takes back when the server has too little.
#include "net/client_log.hpp"
#include "net/io_source.hpp"
#include "net/loop.hpp"
#include "net/websocket/deflate_pool.hpp"

#include <algorithm>

namespace vaquero {

deflate_pool& loop::deflating() {
  if (!deflating_) deflating_ = std::make_unique<deflate_pool>();
  return *deflating_;
}

void loop::forget_spare_outboxes() {
  while (auto* box = spare_outboxes_) {
    spare_outboxes_ = box->next_spare;
    delete box;
  }
  spare_outbox_count_ = 0;
}

// Largest first, until a sixteenth of the budget is free. Whoever ends later, because a callback of it is
// on the pool, is not asked again.
void loop::relieve_memory() {
  auto& budget = services_.memory;
  forget_spare_outboxes();
  memory_.report();
  const auto wanted = budget.limit() - budget.limit() / 16;
  std::vector<std::pair<std::size_t, io_source*>> holders;
  if (budget.is_exceeded())
    for (auto* source : sources_)
      if (const auto bytes = source->held_bytes()) holders.emplace_back(bytes, source);
  std::make_heap(holders.begin(), holders.end());
  auto used = budget.used();
  std::size_t asked = 0;
  while (used > wanted && !holders.empty()) {
    std::pop_heap(holders.begin(), holders.end());
    const auto [bytes, source] = holders.back();
    holders.pop_back();
    source->on_low_memory();
    used -= std::min(used, bytes);
    ++asked;
  }
  if (asked != 0)
    services_.clients.report(log_level::warning, "out of memory", [&] {
      return "buffers hold more than buffer_bytes_max, " + std::to_string(budget.limit()) +
             " bytes: the largest " + std::to_string(asked) + " of a loop were closed";
    });
  memory_.report();
  budget.relief_done(asked != 0);
}

} // namespace vaquero
