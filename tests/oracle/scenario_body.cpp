#include "tests/oracle/scenario_body.hpp"

#include "runtime/call.hpp"
#include "runtime/spawn.hpp"

namespace vaquero::oracle {

namespace {

using words = std::vector<std::string>;

std::chrono::milliseconds milliseconds(const std::string& number) {
  return std::chrono::milliseconds{std::stoi(number)};
}

routine<std::string> take(words w) {
  auto taken =
      co_await receive_if<note>([&](const note& x) { return x.term == w[1]; }, milliseconds(w[2]));
  co_return taken ? taken->term : "false";
}

/// What waits for nothing; returns whether it was that.
bool did_at_once(scenario& play, const words& w) {
  if (w[0] == "send")
    send(play.process(w[1]), note{w[2]});
  else if (w[0] == "link")
    link(play.process(w[1]));
  else if (w[0] == "exit")
    exit(reason_from(w[1]));
  else
    return false;
  return true;
}

routine<> perform(scenario& play, std::string name, words w) {
  if (did_at_once(play, w)) co_return;
  std::string result;
  if (w[0] == "register") {
    result = register_as(w[1]) ? "true" : "badarg";
  } else if (w[0] == "take") {
    result = co_await take(w);
  } else if (w[0] == "call") {
    const question asked{w[2]}; // made inside of the co_await it would be freed twice by g++ 12
    result = outcome(co_await call<note>(play.process(w[1]), asked, milliseconds(w[3])));
  } else {
    throw std::logic_error{"a body cannot " + w[0]};
  }
  play.note(name, "-> " + result);
}

process_body body(scenario* play, std::string name) {
  while (true) {
    auto what = co_await receive<command, pass>();
    auto told = take_request();
    if (auto* order = std::get_if<command>(&what)) co_await perform(*play, name, order->words);
    told.reply();
  }
}

} // namespace

pid spawn_body(vaquero::node& home, scenario& play, const std::string& name) {
  auto made = spawn(home, body, &play, name);
  made->attach_functor(
      [&play, name](const caf::error& why) { play.note_end(name, exit_reason{why}); });
  return made;
}

} // namespace vaquero::oracle
