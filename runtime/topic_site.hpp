// Where subscribers live that have a thread in common, and with it their subscriptions: a loop. The seams
// between the directory of topics, who subscribes, and what carries a posting to its subscribers there.
#pragma once

#include "runtime/publication.hpp"

#include <functional>

namespace vaquero {

/// What the directory knows of it: it takes postings. Any thread, with locks of the directory held.
class topic_site {
 public:
  virtual bool has_room(std::size_t bytes) const noexcept = 0;
  virtual void take(std::shared_ptr<const posting> what) = 0;

 protected:
  ~topic_site() = default;
};

/// What its processes know of it, each on the thread of its callback.
class subscribing_site : public topic_site {
 public:
  virtual bool subscribe(process& who, std::string_view filter,
                         const subscription_options& how) = 0;
  virtual bool unsubscribe(process& who, std::string_view filter) = 0;

  /// It has ended.
  virtual void forget(process& who) = 0;

  /// It has published, and holds no lock any more.
  virtual void has_published(process& who) = 0;

  /// A command that must wait until the callback is over, since that is on the pool: it is taken, and true.
  virtual bool puts_off(process& who, const std::function<void()>& command) = 0;

 protected:
  ~subscribing_site() = default;
};

} // namespace vaquero
