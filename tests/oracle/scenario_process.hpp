// A process of a scenario: does what a `command` tells it, and notes whatever else it receives.
#pragma once

#include "runtime/call_result.hpp"
#include "tests/oracle/scenario.hpp"

#include <condition_variable>
#include <memory>
#include <optional>

namespace vaquero::oracle {

/// A message that a scenario sends.
struct note {
  std::string term;
};

/// What a `call` asks; the answer is a note.
struct question {
  std::string term;
};

/// A verb and its arguments; a request that is answered when the verb has returned.
struct command {
  std::vector<std::string> words;
};

/// Answered when everything in front of it was handled.
struct pass {};

/// The way to a process that is inside a callback and takes nothing from its inbox.
class held_line {
 public:
  /// Has the process do this, and waits until it has, or has left the callback.
  void call(command what);

  /// Waits for the next command; the last one is done.
  command next();

  /// The process leaves the callback.
  void close();
  bool is_closed() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<command> waiting_;
  bool is_idle_ = false;
  bool is_closed_ = false;
};

/// The answer, or `{failed, Reason}` as gen:call exits.
std::string outcome(const call_result<note>& result);

class scenario_process : public scheduled_process {
 public:
  scenario_process(caf::actor_config& config, vaquero::node& home, scenario& play, std::string name)
      : scheduled_process(config, home), play_(play), name_(std::move(name)) {}

  /// Valid while the process is held; called after the command `hold` was answered.
  std::shared_ptr<held_line> line() const { return line_; }

 protected:
  void handle_message(caf::mailbox_element& mail) override;
  void before_exit(const exit_reason& reason) override;

 private:
  using words = std::vector<std::string>;
  friend struct verb_table;

  std::string described(const caf::type_erased_tuple& content) const;
  void perform(const words& what);
  void hold();
  void result(const std::string& value) { play_.note(name_, "-> " + value); }
  void result(bool value) { result(std::string{value ? "true" : "false"}); }

  /// What Erlang refuses with badarg, this API refuses with false.
  void attempt(bool is_done) { result(std::string{is_done ? "true" : "badarg"}); }

  scenario& play_;
  const std::string name_;
  std::shared_ptr<held_line> line_;
  reply_to told_;  // the command whose call has no outcome yet
  reply_to asked_; // the call that was seen last
  words next_;     // what it does as soon as the next message comes
};

} // namespace vaquero::oracle
