#include "server/status_pages.hpp"

#include "server/connection_observer.hpp"
#include "server/topics_page.hpp"

#include <optional>

namespace vaquero {

struct status_pages::shown {
  server* of = nullptr;
  std::optional<connection_observer> observer;
};

status_pages::status_pages() : shown_(std::make_shared<shown>()) {}

void status_pages::add_to(router& routes, const std::string& prefix) const {
  routes.add_page({.path = prefix + "/connections"},
                  slow_page{[what = shown_](const request& from, answer_later later) {
                    answer_connections_page(*what->observer, from, std::move(later));
                  }});
  routes.add_page({.path = prefix + "/topics"}, page{[what = shown_](const request& from) {
                    return topics_page(*what->of, from);
                  }});
}

void status_pages::show(server& of) {
  shown_->of = &of;
  shown_->observer.emplace(of);
}

} // namespace vaquero
