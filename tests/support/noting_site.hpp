// A site of topics without subscribers of its own: it notes what is published, on the
// thread that publishes.
#pragma once

#include "runtime/topic_site.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace vaquero::test {

class noting_site final : public topic_site {
 public:
  bool has_room(std::size_t) const noexcept override { return true; }
  void take(std::shared_ptr<const posting> what) override { taken.push_back(std::move(what)); }

  std::vector<std::shared_ptr<const posting>> taken;
};

} // namespace vaquero::test
