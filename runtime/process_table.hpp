// The living processes of a node: a hash table of pointers by their numbers, in shards with a lock each.
// Numbers are given one after the other, so that neighbours in age lie in shards of their own. A process
// pays for it with 9 to 12 bytes here and none of its own. Loops list their own. Any thread.
#pragma once

#include <caf/actor.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace vaquero {

class process;

class process_table {
 public:
  /// The process lives, and is taken out before it is destroyed.
  void add(process& added);
  void remove(process& removed);

  /// The process of this number has been taken out, and touches the node no more.
  void has_finished(caf::actor_id id) noexcept;

  /// Returns when that holds for all that were ever added, by others of them meanwhile among these.
  void wait_until_all_have_finished() const;

  /// Calls `look` with the process of this number, if there is one. It lives until `look` returns, which
  /// must be brief: processes that begin or end meanwhile may have to wait.
  void look_at(caf::actor_id id, const std::function<void(const process&)>& look) const;

  /// All that are here or in one of the further lists.
  std::vector<caf::actor> all() const;

  /// A further list, of somebody who knows his processes himself. It is called on any thread.
  using lister = std::function<void(std::vector<caf::actor>&)>;
  void add_lister(const void* owner, lister list);
  void remove_lister(const void* owner);

 private:
  static constexpr std::size_t shard_count = 64; // far more than threads, so that two seldom meet

  class alignas(64) shard {
   public:
    void add(process& added);
    void remove(const process& removed);
    void look_at(caf::actor_id id, const std::function<void(const process&)>& look) const;
    void append_to(std::vector<caf::actor>& found) const;
    void has_finished() noexcept;
    void wait_until_all_have_finished();

    // Of processes, ever; they wrap.
    std::uint32_t started() const noexcept;
    std::uint32_t finished() const noexcept;

   private:
    class guard;

    std::size_t home_of(caf::actor_id id) const noexcept {
      return static_cast<std::uint32_t>(id / shard_count) %
             static_cast<std::uint32_t>(slots_.size());
    }
    std::size_t next(std::size_t at) const noexcept { return ++at == slots_.size() ? 0 : at; }
    void rebuild();
    void place(process& placed);

    mutable std::atomic_flag is_locked_;
    std::size_t used_ = 0;  // slots that are not empty
    std::size_t count_ = 0; // of processes
    std::vector<process*> slots_;
    std::uint32_t started_ = 0;
    bool is_awaited_ = false;
    std::atomic<std::uint32_t> finished_ =
        0; // changes with the lock held, but is waited for without
  };

  shard& shard_of(caf::actor_id id) const noexcept { return shards_[id % shard_count]; }

  mutable std::array<shard, shard_count> shards_;
  mutable std::mutex listers_mutex_;
  std::vector<std::pair<const void*, lister>> listers_;
};

} // namespace vaquero
