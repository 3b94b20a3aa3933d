#include "tests/oracle/scenario_process.hpp"

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

  static detail::timer_target receiver(const process& p, const std::string& word) {
    if (!word.starts_with(name_prefix)) return who(p, word);
    return word.substr(name_prefix.size(), word.size() - name_prefix.size() - 1);
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
  static void whereis(process& p, const words& w) {
    auto found = process::whereis(w[1]);
    p.result(found ? p.play_.name_of(found->address()) : "undefined");
  }
  static void spawn(process& p, const words& w) {
    p.play_.name(w[1], [&] { return spawn_process<process>(p.home(), p.play_, w[1]); });
  }

  static const std::map<std::string, verb> all;
};

const std::map<std::string, verb_table::verb> verb_table::all = {
    {"hold", [](process& p, const words&) { p.hold(); }},
    {"spawn", spawn},
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
    {"send", [](process& p, const words& w) { p.send(who(p, w[1]), note{w[2]}); }},
    {"alive",
     [](process& p, const words& w) { p.result(process::from(who(p, w[1]))->is_alive()); }},
    {"register", [](process& p, const words& w) { p.attempt(p.register_as(w[1])); }},
    {"whereis", whereis},
    {"start_timer", start_timer},
    {"start_timer_at", start_timer_at},
    {"send_after", send_after},
    {"send_after_at", send_after_at},
    {"cancel_timer",
     [](process& p, const words& w) { p.result(left(p.cancel_timer(p.play_.timer(w[1])))); }},
    {"read_timer",
     [](process& p, const words& w) { p.result(left(p.read_timer(p.play_.timer(w[1])))); }},
};

void scenario_process::handle_message(caf::mailbox_element& mail) {
  const auto& content = mail.content();
  if (content.match_elements<command>())
    perform(content.get_as<command>(0).words);
  else if (!content.match_elements<pass>())
    play_.note(name_, described(content));
}

void scenario_process::before_exit(const exit_reason& reason) { play_.note_end(name_, reason); }

std::string scenario_process::described(const caf::type_erased_tuple& content) const {
  if (content.match_elements<note>()) return content.get_as<note>(0).term;
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
