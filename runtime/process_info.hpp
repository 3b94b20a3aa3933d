// What a process is and does at one moment: Erlang's process_info. A value, like a photograph: by the time
// one reads it, it may be past.
#pragma once

#include "runtime/mailbox_bound.hpp"
#include "runtime/refs.hpp"

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vaquero {

class node;

enum class process_status : std::uint8_t {
  waiting,  // nothing to do
  runnable, // has mail, waits for a thread
  running,  // a callback runs
  exiting,  // ends when its callback is done
};

const char* to_string(process_status status);

struct process_info {
  std::string registered_name; // empty: none
  process_status status;
  std::string current_callback; // the one that runs, or is next: "greeter in handle_message"
  std::uint32_t message_queue_len;
  std::uint64_t messages_handled; // with the one that is being handled
  std::uint64_t memory;           // bytes: its own, not what its members and messages point to
  bool trap_exit;
  mailbox_bound bound;
  std::vector<caf::actor_addr> links;        // in no order, as the rest
  std::vector<caf::actor_addr> monitors;     // one entry for each monitor of a process
  std::vector<caf::actor_addr> monitored_by; // one entry for each monitor
};

/// Of any process of this node, from any thread, at once, whatever the process does. nullopt (Erlang's
/// undefined) once it has ended, and for what is no process of this node.
std::optional<process_info> info_of(const caf::actor& process);

/// The living processes of a node, connections among them, in no order. Any thread. Some of them may have
/// ended by the time one looks.
std::vector<caf::actor> processes(const node& home);

} // namespace vaquero
