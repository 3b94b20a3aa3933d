#include "tests/oracle/scenario.hpp"

#include <algorithm>

namespace vaquero::oracle {

namespace {

template <class Value>
std::string key_of(const std::map<std::string, Value>& map, const auto& value) {
  auto found = std::ranges::find_if(map, [&](const auto& each) { return each.second == value; });
  return found == map.end() ? "unknown" : found->first;
}

constexpr std::string_view shutdown_with = "{shutdown,";

const std::map<std::string, exit_reason> plain_reasons = {
    {"normal", exit_reason::normal()}, {"shutdown", exit_reason::shutdown()},
    {"kill", exit_reason::kill()},     {"killed", exit_reason::killed()},
    {"noproc", exit_reason::noproc()}, {"noconnection", exit_reason::noconnection()},
};

} // namespace

void scenario::at(int line) {
  std::lock_guard lock{mutex_};
  line_ = line;
}

void scenario::note(const std::string& process, std::string what) {
  std::lock_guard lock{mutex_};
  events_.push_back({line_, process, std::move(what)});
}

void scenario::note_end(const std::string& process, const exit_reason& reason) {
  note(process, "ended " + to_term(reason));
  std::lock_guard lock{mutex_};
  ended_[process] = reason;
}

pid scenario::process(const std::string& name) const {
  std::lock_guard lock{mutex_};
  return processes_.at(name);
}

monitor_ref scenario::monitor(const std::string& name) const {
  std::lock_guard lock{mutex_};
  return monitors_.at(name);
}

timer_ref scenario::timer(const std::string& name) const {
  std::lock_guard lock{mutex_};
  return timers_.at(name);
}

std::string scenario::name_of(const caf::actor_addr& process) const {
  std::lock_guard lock{mutex_};
  return key_of(processes_, process);
}

std::string scenario::name_of(monitor_ref ref) const {
  std::lock_guard lock{mutex_};
  return key_of(monitors_, ref);
}

std::string scenario::name_of(timer_ref ref) const {
  std::lock_guard lock{mutex_};
  return key_of(timers_, ref);
}

std::string scenario::names_of(const std::vector<pid>& processes, bool sorted) const {
  std::vector<std::string> names;
  for (const auto& each : processes)
    names.push_back(name_of(each->address()));
  if (sorted) std::ranges::sort(names);
  return to_list(names);
}

bool scenario::has_ended(const std::string& process) const {
  std::lock_guard lock{mutex_};
  return ended_.contains(process);
}

std::vector<std::string> scenario::processes() const {
  std::lock_guard lock{mutex_};
  std::vector<std::string> result;
  for (const auto& [name, process] : processes_)
    result.push_back(name);
  return result;
}

std::size_t scenario::event_count() const {
  std::lock_guard lock{mutex_};
  return events_.size();
}

std::vector<event> scenario::events() const {
  std::lock_guard lock{mutex_};
  return events_;
}

std::string to_list(const std::vector<std::string>& terms) {
  std::string list;
  for (const auto& each : terms)
    list += (list.empty() ? "" : ",") + each;
  return "[" + list + "]";
}

std::string to_term(const exit_reason& reason) {
  using kind = exit_reason::kind;
  auto term = [&] { return reason.term().get_as<std::string>(0); };
  if (reason.what() == kind::other) return term();
  if (reason.what() == kind::shutdown && !reason.term().empty())
    return std::string{shutdown_with} + term() + "}";
  if (auto crash = reason.crash(); reason.what() == kind::crash)
    return "{" + crash.text + (crash.stack.empty() ? ",[]}" : ",stack}");
  return key_of(plain_reasons, reason);
}

exit_reason reason_from(const std::string& term) {
  if (auto plain = plain_reasons.find(term); plain != plain_reasons.end()) return plain->second;
  if (term.starts_with(shutdown_with)) {
    auto inner = term.substr(shutdown_with.size(), term.size() - shutdown_with.size() - 1);
    return exit_reason::shutdown(caf::make_message(inner));
  }
  return exit_reason::of(term);
}

} // namespace vaquero::oracle
