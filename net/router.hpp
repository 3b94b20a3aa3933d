// Which handler a path leads to. A route's path is matched segment by segment; `:name` binds one segment.
// The first route that matches is taken. Built before the loops start and not changed afterwards.
#pragma once

#include "net/handler_type.hpp"
#include "net/http/request.hpp"
#include "net/http/response.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vaquero {

/// Answers a plain request at once.
using page = std::function<response(const request&)>;

/// Answers a plain request later: the answer may be given once, from any thread.
using answer_later = std::function<void(response)>;
using slow_page = std::function<void(const request&, answer_later)>;

class router {
 public:
  using target = std::variant<std::unique_ptr<handler_type>, page, slow_page>;

  /// Throws std::invalid_argument if the path does not begin with '/', or binds a name twice or to "".
  void add(std::string path, target to);

  /// The target of the first route that matches, nullptr if none does. Binds names in the request.
  const target* find(request& wanted) const;

 private:
  struct route {
    std::vector<std::string> segments;
    target to;
  };

  static bool match(const route& candidate, const std::vector<std::string_view>& path);

  std::vector<route> routes_;
};

} // namespace vaquero
