#include "runtime/topic.hpp"

#include <utility>

namespace vaquero {

topic::~topic() {
  for (auto* each = first_list(); each;)
    delete std::exchange(each, each->next);
}

topic_list& topic::make_list_of(topic_site& site) {
  if (auto* known = list_of(site)) return *known;
  auto* made = new topic_list{*this, site};
  made->next = first_list();
  lists_.store(made, std::memory_order_release);
  return *made;
}

} // namespace vaquero
