#include "bench/suite/ws_run.hpp"

namespace vaquero::bench {

namespace {

/// From here on others slow the run down.
constexpr double others_cpu_max = 0.2;

std::string percent(double share) { return format_number(100 * share, 0) + " %"; }

void note_bottleneck(ws_result& result) {
  const auto bottleneck = result.bottleneck();
  const auto busy = percent(result.client_busiest_thread);
  if (bottleneck == "client")
    result.notes.push_back("the client is the bottleneck: its thread was busy for " + busy +
                           " of the time, the server's busiest for " +
                           percent(result.server->busiest_thread) +
                           "; the numbers tell what the client can do (--threads)");
  else if (bottleneck == "both")
    result.notes.push_back("client and server were both busy all the time");
  else if (bottleneck == "unknown" && result.client_busiest_thread > 0.9)
    result.notes.push_back("the client may be the bottleneck: its thread was busy for " + busy +
                           " of the time");
  if (result.server && result.client_cpu > result.server->cpu && result.operations > 0)
    result.notes.push_back(
        "the client took more CPU than the server: " + percent(result.client_cpu) + " against " +
        percent(result.server->cpu) + " of a processor");
}

} // namespace

void ws_run::add_notes() {
  auto& notes = result_.notes;
  if (result_.seconds == 0) return; // nothing was measured
  if (!watch_)
    notes.push_back("no process here is seen to listen on " + address_ +
                    ": its CPU and memory are not measured (--server-pid)");
  note_bottleneck(result_);
  if (result_.others_cpu > others_cpu_max)
    notes.push_back("others took " + percent(result_.others_cpu) +
                    " of a processor meanwhile: times and latencies say little");
  const bool has_latency =
      options_.workload != load_kind::idle && options_.workload != load_kind::timers;
  if (has_latency && options_.rate == 0)
    notes.push_back("latency is that of a closed loop: a server that stalls is asked less "
                    "meanwhile; --rate counts from when each was due");
  if (result_.unanswered > 0)
    notes.push_back(format_number(static_cast<double>(result_.unanswered), 0) +
                    " were due or in flight at the end, and not done 2 s later: more was asked "
                    "than server and client can do, or something was dropped");
  if (options_.workload == load_kind::timers && result_.operations == 0 && result_.failure.empty())
    result_.failure = "the server sent nothing of its own accord";
}

} // namespace vaquero::bench
