// The tasks as Vaquero's processes. Each function sets its task up on the node, runs it, and returns the
// seconds that the run took, or the bytes of a process.
#pragma once

#include "bench/processes/worlds.hpp"
#include "runtime/scheduled_process.hpp"

namespace vaquero::bench {

namespace in_vaquero {

double spawn_die(node& home, task_size size);
double idle(node& home, task_size size);
double fork_join(node& home, task_size size);
double timers(node& home, task_size size);

double ping_pong(node& home, task_size size);
double ring(node& home, task_size size);
double n_to_1(node& home, task_size size);
double one_to_n(node& home, task_size size);
double chameneos(node& home, task_size size);
double call(node& home, task_size size);

} // namespace in_vaquero

/// To oneself: the next turn.
struct go {};

template <class Message>
const Message* get_if(const caf::mailbox_element& mail) {
  const auto& content = mail.content();
  const bool matches = caf::type_nr<Message>::value != 0
                           ? content.type_token() == caf::make_type_token<Message>()
                           : content.match_elements<Message>();
  return matches ? &content.get_as<Message>(0) : nullptr;
}

} // namespace vaquero::bench
