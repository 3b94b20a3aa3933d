// A node: what the processes of one caf::actor_system share. It must outlive them; docs/manual/node.md
// has the order in which things end. Any thread.
#pragma once

#include "runtime/blocking_pool.hpp"
#include "runtime/crash_log.hpp"
#include "runtime/names.hpp"
#include "runtime/pg.hpp"
#include "runtime/process_table.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/system_monitor.hpp"
#include "runtime/timer_service.hpp"
#include "runtime/topic_directory.hpp"

#include <caf/actor_system.hpp>

#include <atomic>

namespace vaquero {

class process;

struct node_options {
  /// Blocking processes that run at the same time; see blocking_pool.
  std::size_t blocking_threads_max = 16;

  topic_options topics = {};
};

class node {
 public:
  explicit node(caf::actor_system& system, const node_options& options = {})
      : system_(system), has_own_scheduler_(has_vaquero_scheduler(system)),
        topics_(*this, options.topics), timers_(names_), system_monitor_(processes_),
        pool_({.threads_max = options.blocking_threads_max}) {}
  /// Waits until its processes have ended, as caf::actor_system does; loops end theirs before.
  ~node() { processes_.wait_until_all_have_finished(); }
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  caf::actor_system& system() noexcept { return system_; }
  /// Not CAF's.
  bool has_own_scheduler() const noexcept { return has_own_scheduler_; }
  vaquero::names& names() noexcept { return names_; }
  timer_service& timers() noexcept { return timers_; }
  vaquero::crash_log& crash_log() noexcept { return crash_log_; }
  blocking_pool& pool() noexcept { return pool_; }

  process_table& processes() noexcept { return processes_; }
  const process_table& processes() const noexcept { return processes_; }
  vaquero::system_monitor& system_monitor() noexcept { return system_monitor_; }

  /// The scope of process groups of this name; it begins with its first use. It stays where it is.
  pg_scope& pg(std::string_view scope = "pg") { return pg_.scope(scope); }

  topic_directory& topics() noexcept { return topics_; }

  std::optional<pid> whereis(std::string_view name) const { return names_.whereis(name); }

  monitor_ref next_monitor_ref() noexcept {
    return {next_monitor_.fetch_add(1, std::memory_order_relaxed)};
  }

 private:
  caf::actor_system& system_;
  const bool has_own_scheduler_;
  process_table processes_;
  vaquero::names names_;
  pg_scopes pg_{*this};
  topic_directory topics_;
  timer_service timers_;
  vaquero::crash_log crash_log_;
  vaquero::system_monitor system_monitor_;
  std::atomic<std::uint64_t> next_monitor_ = 1;
  blocking_pool pool_; // the first to go: what runs there may use all of the above
};

} // namespace vaquero
