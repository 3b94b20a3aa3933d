// What the processes of one scenario share: who is who, and the trace of what each of them saw. Any thread.
#pragma once

#include "runtime/scheduled_process.hpp"

#include <caf/actor_addr.hpp>

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace vaquero::oracle {

/// One event at one process, in the normal form that the interpreter in Erlang prints as well.
struct event {
  int line;
  std::string process;
  std::string what;
};

class scenario {
 public:
  /// The line of the command that runs now: whatever happens is caused by it.
  void at(int line);

  void note(const std::string& process, std::string what);
  void note_end(const std::string& process, const exit_reason& reason);

  /// Gives a name to a process, monitor or timer. Only for `make` of the next function.
  void keep(const std::string& name, const pid& made) { processes_[name] = made; }
  void keep(const std::string& name, monitor_ref made) { monitors_[name] = made; }
  void keep(const std::string& name, timer_ref made) { timers_[name] = made; }

  /// Calls `make` and gives a name to the process, monitor or timer that it returns. Nobody can
  /// look for the name in between: the timer may fire before `make` returns.
  template <class Make>
  auto name(const std::string& name, Make&& make) {
    std::lock_guard lock{mutex_};
    auto made = make();
    keep(name, made);
    return made;
  }

  pid process(const std::string& name) const;
  monitor_ref monitor(const std::string& name) const;
  timer_ref timer(const std::string& name) const;

  std::string name_of(const caf::actor_addr& process) const;
  std::string name_of(monitor_ref ref) const;
  std::string name_of(timer_ref ref) const;
  std::string names_of(const std::vector<pid>& processes, bool sorted = false) const;

  bool has_ended(const std::string& process) const;
  std::vector<std::string> processes() const;
  std::size_t event_count() const;
  std::vector<event> events() const;

 private:
  mutable std::mutex mutex_;
  int line_ = 0;
  std::map<std::string, pid> processes_;
  std::map<std::string, monitor_ref> monitors_;
  std::map<std::string, timer_ref> timers_;
  std::map<std::string, exit_reason> ended_;
  std::vector<event> events_;
};

/// `[a,b]`
std::string to_list(const std::vector<std::string>& terms);

/// `{shutdown,late}` and the like; a crash is Erlang's {Error, Stack}, with `stack` for any stack.
std::string to_term(const exit_reason& reason);
exit_reason reason_from(const std::string& term);

} // namespace vaquero::oracle
