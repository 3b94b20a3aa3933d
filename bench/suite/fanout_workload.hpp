// One connection publishes, and all of them, itself among them, get what it published: each delivery is
// counted. What a subscriber misses is seen from the numbers in the messages.
#pragma once

#include "bench/suite/schedule.hpp"
#include "bench/suite/workload.hpp"
#include "bench/support/deflate.hpp"

#include <array>
#include <atomic>
#include <string>

namespace vaquero::bench {

/// What the workloads of one run share.
struct fanout_run {
  static constexpr std::size_t unfinished_max = 1024; // publishes in flight of a closed loop

  std::size_t subscribers = 0;
  std::size_t workers = 1;
  std::size_t size = 0;
  std::size_t depth = 1;
  bool compression = false;
  schedule times{0};

  std::atomic<std::uint64_t> reached = 0;   // subscribers that got a message before the load began
  std::atomic<std::uint64_t> published = 0; // since then
  std::atomic<std::uint64_t> delivered = 0;
  /// When the latest ones of a closed loop were published.
  std::array<std::atomic<load_clock::rep>, unfinished_max> published_at{};
};

class fanout_workload : public workload {
 public:
  /// The first connection of one worker's workload publishes.
  fanout_workload(fanout_run& run, bool publishes);

  bool is_ready(worker& owner) override;
  void start(worker& owner) override;
  void received(worker& owner, client_connection& from, const incoming& message) override;
  void caught_up(worker& owner, client_connection& connection) override;
  time_point tick(worker& owner) override;
  void stop(worker& owner) override;
  bool is_done() const override;
  void give_up(worker& owner) override;

 private:
  /// The number in a message; nothing where it is none of ours.
  std::optional<std::uint64_t> number_in(const incoming& message);
  void append_publication(std::string& out, std::uint64_t number);
  void publish_what_is_due(worker& owner);
  std::uint64_t due_until(time_point now) const;
  time_point begin_of(std::uint64_t number) const;

  fanout_run& run_;
  bool publishes_;
  bool is_started_ = false;
  bool is_stopped_ = false;
  time_point last_probe_{};
  std::string text_;
  std::string burst_;
  message_codec codec_;
  std::string compressed_; // the latest publication as it came, and the number in it
  std::uint64_t compressed_number_ = 0;
};

} // namespace vaquero::bench
