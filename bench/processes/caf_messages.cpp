// Tasks about messages: what passing one on costs, in several shapes of traffic.
#include "bench/processes/caf_tasks.hpp"

#include <caf/all.hpp>

namespace {

/// A chameneo that came to the mall, or the one that it meets there.
struct meeting {
  caf::actor who;
  int colour;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, meeting& x) {
  return f(caf::meta::type_name("meeting"), x.who, x.colour);
}

} // namespace

namespace vaquero::bench::in_caf {

namespace {

using go = caf::atom_constant<caf::atom("go")>;
using closed = caf::atom_constant<caf::atom("closed")>;

struct passer_state {
  caf::actor next;
};

/// Passes a number on, one less each time; whoever gets 0 ends the task. An actor is who comes next.
caf::behavior passer(caf::stateful_actor<passer_state>* self, caf::actor next,
                     finish_line* finished) {
  self->state.next = std::move(next);
  return {[self, finished](int left) {
            if (left == 0)
              finished->arrive();
            else
              self->send(self->state.next, left - 1);
          },
          [self](caf::actor& other) { self->state.next = std::move(other); }};
}

double pass_around(caf::actor_system& system, std::size_t rings, std::size_t members,
                   std::size_t operations) {
  finish_line finished(rings);
  std::vector<caf::actor> starts;
  for (std::size_t i = 0; i < rings; ++i) {
    caf::actor last = system.spawn(passer, caf::actor{}, &finished);
    caf::actor first = last;
    for (std::size_t member = 1; member < members; ++member)
      first = system.spawn(passer, first, &finished);
    caf::anon_send(last, first);
    starts.push_back(first);
  }
  return seconds_of([&] {
    for (const auto& start : starts)
      caf::anon_send(start, static_cast<int>(operations / rings));
    finished.wait();
  });
}

struct count_state {
  std::size_t left = 0;
  std::size_t awaited = 0;
  std::size_t next = 0;
};
using counting_actor = caf::stateful_actor<count_state>;

/// Waits for so many numbers.
caf::behavior receiver(counting_actor* self, std::size_t awaited, finish_line* finished) {
  self->state.awaited = awaited;
  return {[self, finished](int) {
    if (--self->state.awaited == 0) finished->arrive();
  }};
}

caf::behavior sender(counting_actor* self, caf::actor to, std::size_t messages) {
  self->state.left = messages;
  return {[self, to](go) {
    auto turn = std::min(self->state.left, turn_max);
    for (std::size_t i = 0; i < turn; ++i)
      self->send(to, 1);
    self->state.left -= turn;
    if (self->state.left > 0) self->send(self, go::value);
  }};
}

/// Tells who sent to it when it has got all that it awaits.
caf::behavior listener(counting_actor* self, std::size_t awaited) {
  self->state.awaited = awaited;
  return {[self](int) {
    if (--self->state.awaited == 0)
      self->send(caf::actor_cast<caf::actor>(self->current_sender()), 1);
  }};
}

/// Sends to each listener in turn, round after round, and waits for all of them.
caf::behavior broadcaster(counting_actor* self, const std::vector<caf::actor>& listeners,
                          std::size_t rounds, finish_line* finished) {
  self->state.awaited = listeners.size();
  self->state.left = rounds * listeners.size();
  return {[self, listeners](go) {
            auto& now = self->state;
            auto turn = std::min(now.left, turn_max);
            for (std::size_t i = 0; i < turn; ++i) {
              self->send(listeners[now.next], 1);
              if (++now.next == listeners.size()) now.next = 0;
            }
            now.left -= turn;
            if (now.left > 0) self->send(self, go::value);
          },
          [self, finished](int) {
            if (--self->state.awaited == 0) finished->arrive();
          }};
}

struct mall_state {
  std::size_t left = 0;
  caf::actor waiting;
};

caf::behavior mall(caf::stateful_actor<mall_state>* self, std::size_t meetings) {
  self->state.left = meetings;
  return {[self](const meeting& visitor) {
    auto& now = self->state;
    if (now.left == 0) {
      self->send(visitor.who, closed::value);
    } else if (!now.waiting) {
      now.waiting = visitor.who;
    } else {
      --now.left;
      self->send(std::exchange(now.waiting, {}), visitor);
    }
  }};
}

struct chameneo_state {
  int colour = 0;
};

caf::behavior chameneo(caf::stateful_actor<chameneo_state>* self, const caf::actor& place,
                       int colour, finish_line* finished) {
  self->state.colour = colour;
  auto visit = [self, place] { self->send(place, meeting{self, self->state.colour}); };
  return {[visit](go) { visit(); },
          [self, visit](const meeting& other) {
            self->state.colour = blend(self->state.colour, other.colour);
            self->send(other.who, self->state.colour);
            visit();
          },
          [self, visit](int mutated) {
            self->state.colour = mutated;
            visit();
          },
          [finished](closed) { finished->arrive(); }};
}

caf::behavior server(caf::event_based_actor*, int more) {
  return {[more](int number) { return number + more; }};
}

struct client_state {
  std::size_t left = 0;
};

void ask(caf::stateful_actor<client_state>* self, const caf::actor& whom, finish_line* finished) {
  self->request(whom, std::chrono::seconds(5), 1).then([self, whom, finished](int) {
    if (--self->state.left == 0)
      finished->arrive();
    else
      ask(self, whom, finished);
  });
}

caf::behavior client(caf::stateful_actor<client_state>* self, const caf::actor& whom,
                     std::size_t calls, finish_line* finished) {
  self->state.left = calls;
  return {[self, whom, finished](go) { ask(self, whom, finished); }};
}

/// Tells each to go, and waits for the task's end.
double start(const std::vector<caf::actor>& actors, finish_line& finished) {
  return seconds_of([&] {
    for (const auto& each : actors)
      caf::anon_send(each, go::value);
    finished.wait();
  });
}

} // namespace

double ping_pong(caf::actor_system& system, task_size size) {
  return pass_around(system, size.processes, 2, size.operations);
}

double ring(caf::actor_system& system, task_size size) {
  return pass_around(system, 1, size.processes, size.operations);
}

double n_to_1(caf::actor_system& system, task_size size) {
  finish_line finished;
  auto each = size.operations / size.processes;
  auto to = system.spawn(receiver, each * size.processes, &finished);
  std::vector<caf::actor> senders;
  for (std::size_t i = 0; i < size.processes; ++i)
    senders.push_back(system.spawn(sender, to, each));
  return start(senders, finished);
}

double one_to_n(caf::actor_system& system, task_size size) {
  finish_line finished;
  auto rounds = size.operations / size.processes;
  std::vector<caf::actor> listeners;
  for (std::size_t i = 0; i < size.processes; ++i)
    listeners.push_back(system.spawn(listener, rounds));
  return start({system.spawn(broadcaster, std::move(listeners), rounds, &finished)}, finished);
}

double chameneos(caf::actor_system& system, task_size size) {
  finish_line finished(size.processes);
  caf::actor place = system.spawn(mall, size.operations / messages_per_meeting);
  std::vector<caf::actor> all;
  for (std::size_t i = 0; i < size.processes; ++i)
    all.push_back(system.spawn(chameneo, place, static_cast<int>(i % colours), &finished));
  return start(all, finished);
}

double call(caf::actor_system& system, task_size size) {
  finish_line finished;
  caf::actor whom = system.spawn(server, 1);
  return start({system.spawn(client, whom, size.operations, &finished)}, finished);
}

} // namespace vaquero::bench::in_caf
