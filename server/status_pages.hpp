// What operators look at while a server runs: who is connected, and what is subscribed to. Routes are read
// from a file before there is a server, so these pages are told later whose they are.
#pragma once

#include "net/router.hpp"
#include "server/server.hpp"

#include <memory>
#include <string>

namespace vaquero {

class status_pages {
 public:
  status_pages();

  /// Adds PREFIX/connections (connection_observer.hpp) and PREFIX/topics (topics_page.hpp) to these routes,
  /// for requests that come when `show` was called.
  void add_to(router& routes, const std::string& prefix) const;

  /// Shows this server. Before it starts, once.
  void show(server& of);

 private:
  struct shown;

  std::shared_ptr<shown> shown_; // the pages hold it as well
};

} // namespace vaquero
