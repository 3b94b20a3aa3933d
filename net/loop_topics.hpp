// The topics of one loop: what its connections are subscribed to, and the postings that wait for them.
// Postings are taken from any thread, one wake-up a batch, and lie until the end of the loop's turn, so that
// what was published during it leaves in one write a connection. All else is the loop's thread's.
#pragma once

#include "net/data_publication.hpp"
#include "runtime/topic_site.hpp"
#include "runtime/topic_table.hpp"

#include <atomic>
#include <limits>
#include <mutex>
#include <span>

namespace vaquero {

class connection;
class loop;

class loop_topics final : public subscribing_site {
 public:
  explicit loop_topics(loop& home);

  bool subscribe(process& who, std::string_view filter, const subscription_options& how) override;
  bool unsubscribe(process& who, std::string_view filter) override;
  void forget(process& who) override;
  void has_published(process& who) override;
  bool puts_off(process& who, const std::function<void()>& command) override;

  // Any thread.
  bool has_room(std::size_t bytes) const noexcept override;
  void take(std::shared_ptr<const posting> what) override;

  std::size_t subscription_count(const process& who) const {
    return table_.subscription_count(who);
  }

  /// Whether postings wait.
  bool is_behind() const noexcept { return is_behind_.load(); }

  /// Does this without delivering what waits, which comes behind it.
  template <class Function>
  void before_others(Function&& what) {
    delivering first{*this};
    what();
  }

  /// Delivers what waits. No callback runs by it; whoever is to end by it ends later.
  void catch_up() { catch_up_to(std::numeric_limits<std::uint64_t>::max()); }

 private:
  /// While it lives nothing else is delivered.
  class delivering {
   public:
    explicit delivering(loop_topics& all) : flag_(all.is_delivering_) { flag_ = true; }
    ~delivering() { flag_ = false; }
    delivering(const delivering&) = delete;
    delivering& operator=(const delivering&) = delete;

   private:
    bool& flag_;
  };

  using postings = std::vector<std::shared_ptr<const posting>>;
  void catch_up_to(std::uint64_t number); // and leaves what is newer
  void deliver(const postings& all);
  topic_list* common_list(const postings& all) const;
  void deliver_together(const postings& all, topic_list& list);
  void deliver_one(const posting& what, bool is_only);
  void send_message(process& to, const posting& what);

  loop& home_;
  topic_table table_;
  postings taken_; // kept for its memory
  bool is_delivering_ = false;

  std::atomic<bool> is_behind_ = false;
  std::atomic<std::size_t> waiting_bytes_ = 0;
  std::mutex mutex_;
  postings waiting_;
};

} // namespace vaquero
