#include "tests/oracle/scenario_process.hpp"

#include "runtime/pg.hpp"
#include "runtime/spawn.hpp"

#include <algorithm>
#include <stdexcept>

namespace vaquero::oracle {

namespace {

using words = std::vector<std::string>;

constexpr std::string_view name_prefix = "{name,";

std::chrono::milliseconds milliseconds(const std::string& number) {
  return std::chrono::milliseconds{std::stoi(number)};
}

// How much is left is no fact: only whether.
std::string left(std::optional<timer_clock::duration> time) { return time ? "left" : "false"; }

} // namespace

/// The verbs by name: each does with the process of this API what oracle_process.erl does in Erlang.
struct verb_table {
  using process = scenario_process;
  using verb = void (*)(process& p, const words& w);

  static pid who(const process& p, const std::string& name) { return p.play_.process(name); }

  static std::string bare_name(const std::string& word) {
    return word.substr(name_prefix.size(), word.size() - name_prefix.size() - 1);
  }
  static detail::timer_target receiver(const process& p, const std::string& word) {
    if (!word.starts_with(name_prefix)) return who(p, word);
    return bare_name(word);
  }

  static void start_timer(process& p, const words& w) { start(p, w, milliseconds(w[1])); }
  static void start_timer_at(process& p, const words& w) {
    start(p, w, timer_clock::now() + milliseconds(w[1]));
  }
  static void send_after(process& p, const words& w) { send_later(p, w, milliseconds(w[1])); }
  static void send_after_at(process& p, const words& w) {
    send_later(p, w, timer_clock::now() + milliseconds(w[1]));
  }

  static void start(process& p, const words& w, auto time) {
    auto to = receiver(p, w[2]);
    p.play_.name(w[4], [&] { return p.start_timer(time, to, note{w[3]}); });
  }
  static void send_later(process& p, const words& w, auto time) {
    auto to = receiver(p, w[2]);
    p.play_.name(w[4], [&] { return p.send_after(time, to, note{w[3]}); });
  }

  static void exit(process& p, const words& w) {
    if (w.size() == 2) process::exit(reason_from(w[1]));
    process::exit(who(p, w[1]), reason_from(w[2]));
  }
  static void call(process& p, const words& w) {
    p.told_ = p.take_request(); // done when there is an outcome
    p.send_request<note>(who(p, w[1]), question{w[2]}, milliseconds(w[3]));
  }
  static void whereis(process& p, const words& w) {
    auto found = process::whereis(w[1]);
    p.result(found ? p.play_.name_of(found->address()) : "undefined");
  }
  static void send(process& p, const words& w) {
    const note message{w[2]};
    if (!w[1].starts_with(name_prefix)) return process::send(who(p, w[1]), message);
    try {
      process::send(bare_name(w[1]), message);
    } catch (const std::invalid_argument&) {
      p.attempt(false);
    }
  }
  static void spawn(process& p, const words& w) {
    p.play_.name(w[1], [&] { return spawn_process<process>(p.home(), p.play_, w[1]); });
  }

  static void spawn_link(process& p, const words& w) {
    p.play_.name(w[1], [&] { return spawn_process_link<process>(p.play_, w[1]); });
  }
  static void spawn_monitor(process& p, const words& w) {
    p.play_.name(w[1], [&] {
      auto made = spawn_process_monitor<process>(p.play_, w[1]);
      p.play_.keep(w[2], made.ref);
      return made.process;
    });
  }

  static pg_scope& groups(const process& p) { return p.home().pg("oracle"); }
  static void members(process& p, const std::vector<pid>& pids) {
    p.result(p.play_.names_of(pids, true));
  }
  static void pg_leave(process& p, const words& w) {
    p.result(std::string{groups(p).leave(w[1], p.self()) ? "ok" : "not_joined"});
  }
  static void pg_groups(process& p, const words&) {
    auto names = groups(p).which_groups();
    std::ranges::sort(names);
    p.result(to_list(names));
  }
  static void pg_monitor(process& p, const words& w) {
    std::vector<pid> now;
    p.play_.name(w[2], [&] {
      auto [ref, pids] = groups(p).monitor(w[1], p.self());
      now = pids;
      return ref;
    });
    members(p, now);
  }
  static void pg_demonitor(process& p, const words& w) {
    p.result(std::string{groups(p).demonitor(p.play_.monitor(w[1])) ? "ok" : "false"});
  }

  static const std::map<std::string, verb> all;
};

const std::map<std::string, verb_table::verb> verb_table::all = {
    {"hold", [](process& p, const words&) { p.hold(); }},
    {"next", [](process& p, const words& w) { p.next_.assign(w.begin() + 1, w.end()); }},
    {"spawn", spawn},
    {"spawn_link", spawn_link},
    {"spawn_monitor", spawn_monitor},
    {"link", [](process& p, const words& w) { p.link(who(p, w[1])); }},
    {"unlink", [](process& p, const words& w) { p.unlink(who(p, w[1])); }},
    {"monitor",
     [](process& p, const words& w) {
       p.play_.name(w[2], [&, to = who(p, w[1])] { return p.monitor(to); });
     }},
    {"demonitor",
     [](process& p, const words& w) {
       p.result(p.demonitor(p.play_.monitor(w[1]), w.size() > 2));
     }},
    {"trap_exit", [](process& p, const words& w) { p.result(p.trap_exit(w[1] == "true")); }},
    {"exit", exit},
    {"crash", [](process&, const words& w) { throw std::runtime_error{w[1]}; }},
    {"send", send},
    {"call", call},
    {"answer", [](process& p, const words& w) { p.asked_.reply(note{w[1]}); }},
    {"alive",
     [](process& p, const words& w) { p.result(process::from(who(p, w[1]))->is_alive()); }},
    {"register", [](process& p, const words& w) { p.attempt(p.register_as(w[1])); }},
    {"unregister", [](process& p, const words& w) { p.attempt(p.unregister_name(w[1])); }},
    {"whereis", whereis},
    {"start_timer", start_timer},
    {"start_timer_at", start_timer_at},
    {"send_after", send_after},
    {"send_after_at", send_after_at},
    {"cancel_timer",
     [](process& p, const words& w) { p.result(left(p.cancel_timer(p.play_.timer(w[1])))); }},
    {"read_timer",
     [](process& p, const words& w) { p.result(left(p.read_timer(p.play_.timer(w[1])))); }},
    {"pg_join",
     [](process& p, const words& w) {
       groups(p).join(w[1], p.self());
       p.result(std::string{"ok"});
     }},
    {"pg_leave", pg_leave},
    {"pg_members", [](process& p, const words& w) { members(p, groups(p).members(w[1])); }},
    {"pg_local_members",
     [](process& p, const words& w) { members(p, groups(p).local_members(w[1])); }},
    {"pg_groups", pg_groups},
    {"pg_monitor", pg_monitor},
    {"pg_demonitor", pg_demonitor},
};

std::string outcome(const call_result<note>& result) {
  if (result) return result->term;
  const auto& why = result.failure;
  if (why.what == call_failure::kind::timeout) return "{failed,timeout}";
  return "{failed," + to_term(why.reason()) + "}";
}

void scenario_process::handle_message(caf::mailbox_element& mail) {
  const auto& content = mail.content();
  if (content.match_elements<pass>()) return;
  if (content.match_elements<command>()) {
    perform(content.get_as<command>(0).words);
    return;
  }
  if (content.match_elements<call_result<note>>()) {
    result(outcome(content.get_as<call_result<note>>(0)));
    return told_.reply();
  }
  play_.note(name_, described(content));
  if (content.match_elements<question>()) asked_ = take_request();
  if (auto next = std::exchange(next_, {}); !next.empty()) perform(next);
}

void scenario_process::before_exit(const exit_reason& reason) {
  play_.note_end(name_, reason);
  told_ = {}; // nobody waits for the outcome of its call any more
}

std::string scenario_process::described(const caf::type_erased_tuple& content) const {
  if (content.match_elements<note>()) return content.get_as<note>(0).term;
  if (content.match_elements<question>()) return "{call," + content.get_as<question>(0).term + "}";
  if (content.match_elements<timeout<note>>()) {
    const auto& fired = content.get_as<timeout<note>>(0);
    return "{timeout," + play_.name_of(fired.ref) + "," + fired.message.term + "}";
  }
  if (content.match_elements<down>()) {
    const auto& end = content.get_as<down>(0);
    return "{'DOWN'," + play_.name_of(end.ref) + ",process," + play_.name_of(end.process) + "," +
           to_term(end.reason) + "}";
  }
  if (content.match_elements<exit_signal>()) {
    const auto& signal = content.get_as<exit_signal>(0);
    return "{'EXIT'," + play_.name_of(signal.from) + "," + to_term(signal.reason) + "}";
  }
  if (content.match_elements<pg_event>()) {
    const auto& news = content.get_as<pg_event>(0);
    return "{" + play_.name_of(news.ref) + (news.change == pg_change::join ? ",join," : ",leave,") +
           news.group + "," + play_.names_of(news.pids) + "}";
  }
  return content.stringify();
}

void scenario_process::perform(const words& what) { verb_table::all.at(what[0])(*this, what); }

// A callback that takes long. An exit signal ends a process of Erlang at once, whatever it does: this
// callback is left as soon as it notices.
void scenario_process::hold() {
  struct closing {
    held_line& line;
    ~closing() { line.close(); }
  };
  line_ = std::make_shared<held_line>();
  closing guard{*line_};
  respond();
  while (!exit_pending()) {
    auto next = line_->next();
    if (next.words[0] == "release") return;
    if (next.words[0] != "pass") perform(next.words);
  }
}

} // namespace vaquero::oracle
