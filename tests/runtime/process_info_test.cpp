#include "tests/support/world.hpp"

#include <algorithm>
#include <thread>

using namespace vaquero;
using namespace vaquero::test;
using Catch::Matchers::Contains;
using verbs = process_verbs;

namespace {

using addresses = std::vector<caf::actor_addr>;

/// Waits until the process has handled all mail and waits for more.
process_info settled(world& w, const pid& process) {
  w.in(process, [] {});
  auto info = info_of(process);
  while (info && info->status != process_status::waiting) {
    std::this_thread::yield();
    info = info_of(process);
  }
  REQUIRE(info);
  return *info;
}

} // namespace

TEST_CASE("process_info counts what waits and what was handled", "[process_info]") {
  world w;
  auto a = w.spawn("a");
  send(a, 1);
  w.noted.take(1);
  auto before = settled(w, a); // the message, and the task that it settled by
  CHECK(before.message_queue_len == 0);
  CHECK(before.messages_handled == 2);
  hold held{a};
  for (int i = 0; i < 5; ++i)
    send(a, i);
  auto busy = info_of(a);
  REQUIRE(busy);
  CHECK(busy->message_queue_len == 5);
  CHECK(busy->messages_handled == 3);
  held.release();
  w.noted.take(5);
  CHECK(settled(w, a).messages_handled == 9);
}

TEST_CASE("process_info sees mail behind mail that was fetched", "[process_info]") {
  world w;
  auto a = w.spawn("a");
  std::promise<void> first;
  std::promise<void> go_on;
  hold held{a};
  w.tell(a, [&] {
    first.set_value();
    go_on.get_future().wait();
  });
  for (int i = 0; i < 3; ++i)
    send(a, i);
  held.release(); // it fetches four, and handles the first
  first.get_future().wait();
  send(a, 3);
  CHECK(info_of(a)->message_queue_len == 4);
  go_on.set_value();
  w.noted.take(4);
}

TEST_CASE("process_info tells the status of a process that is inside a callback",
          "[process_info]") {
  world w;
  auto a = w.spawn("a");
  CHECK(settled(w, a).status == process_status::waiting);
  hold held{a};
  auto busy = info_of(a);
  REQUIRE(busy);
  CHECK(busy->status == process_status::running);
  CHECK_THAT(busy->current_callback, Contains("probe in handle_message"));
}

TEST_CASE("a process that is about to end is exiting", "[process_info]") {
  world w;
  auto a = w.spawn("a");
  auto status = w.in(a, [&] {
    exit(a, exit_reason::kill());
    return info_of(a)->status;
  });
  CHECK(status ==
        process_status::running); // the signal has come, and is looked at after the callback
  std::promise<process_status> seen;
  auto b = w.spawn("b");
  static_cast<probe*>(process::from(b))->at_exit = [&](const exit_reason&) {
    seen.set_value(info_of(b)->status);
  };
  w.end(b, exit_reason::normal());
  CHECK(seen.get_future().get() == process_status::exiting);
}

TEST_CASE("process_info lists links and monitors in both directions", "[process_info]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  auto plain = w.spawn_plain("plain");
  w.in(a, [&] {
    verbs::link(b);
    verbs::monitor(b);
    verbs::monitor(b);
    verbs::trap_exit(true);
  });
  w.in_plain(plain, [&](caf::event_based_actor* self) { self->monitor(a); });
  auto of_a = info_of(a);
  auto of_b = info_of(b);
  REQUIRE(of_a);
  REQUIRE(of_b);
  CHECK(of_a->links == addresses{b.address()});
  CHECK(of_a->monitors == addresses{b.address(), b.address()});
  CHECK(of_a->monitored_by == addresses{plain.address()});
  CHECK(of_a->trap_exit);
  CHECK(of_b->links == addresses{a.address()});
  CHECK(of_b->monitors.empty());
  CHECK(of_b->monitored_by == addresses{a.address(), a.address()});
  CHECK_FALSE(of_b->trap_exit);
  CHECK(of_b->memory > sizeof(probe));
}

TEST_CASE("what has ended is gone from links, monitors and monitored_by", "[process_info]") {
  world w;
  auto a = w.spawn("a", [](auto&) {});
  auto b = w.spawn("b");
  w.in(a, [&] {
    verbs::link(b);
    verbs::monitor(b);
  });
  w.in(b, [&] { verbs::monitor(a); });
  w.end(b, exit_reason::normal());
  auto info = settled(w, a);
  CHECK(info.links.empty());
  CHECK(info.monitors.empty());
  CHECK(info.monitored_by.empty());
}

TEST_CASE("process_info is nothing for the dead, a plain actor and an empty handle",
          "[process_info]") {
  world w;
  auto a = w.spawn("a");
  CHECK(info_of(a));
  w.end(a, exit_reason::normal());
  CHECK_FALSE(info_of(a));
  CHECK_FALSE(info_of(w.spawn_plain("plain")));
  CHECK_FALSE(info_of(pid{}));
}

TEST_CASE("process_info has the registered name", "[process_info]") {
  world w;
  auto a = w.spawn("a");
  CHECK(info_of(a)->registered_name.empty());
  w.in(a, [] { verbs::register_as("hello"); });
  CHECK(info_of(a)->registered_name == "hello");
}

TEST_CASE("processes() has the living and no other", "[process_info]") {
  world w;
  CHECK(processes(w.home).empty());
  std::vector<pid> all;
  for (int i = 0; i < 200; ++i)
    all.push_back(w.spawn("each"));
  for (int i = 0; i < 200; i += 3) {
    w.end(all[static_cast<std::size_t>(i)], exit_reason::normal());
    all[static_cast<std::size_t>(i)] = nullptr;
  }
  std::erase(all, pid{});
  auto found = processes(w.home);
  std::ranges::sort(found);
  std::ranges::sort(all);
  CHECK(found == all);
}

TEST_CASE("processes() and process_info can be called while processes begin and end",
          "[process_info]") {
  world w;
  std::atomic<bool> is_over = false;
  std::uint32_t longest = 0; // the reader's, and then ours
  std::thread reader{[&] {
    while (!is_over)
      for (const auto& each : processes(w.home))
        if (auto info = info_of(each)) longest = std::max(longest, info->message_queue_len);
  }};
  for (int i = 0; i < 300; ++i) {
    auto a = w.spawn("a", [](auto&) {});
    auto b = w.spawn("b", [](auto&) {});
    w.in(a, [&] {
      verbs::link(b);
      verbs::monitor(b);
      verbs::register_as(std::to_string(i));
    });
    exit(b, exit_reason::kill());
  }
  is_over = true;
  reader.join();
  CHECK(longest <= 3);
}
