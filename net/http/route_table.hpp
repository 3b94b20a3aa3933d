// Which of many routes a host and a path lead to, as cowboy_router decides it: the first host that
// matches is the only one whose paths are tried, and the first path that matches is taken. Pure: built,
// and then asked from any thread.
#pragma once

#include "net/http/constraint.hpp"
#include "net/http/route_pattern.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vaquero {

/// A name of the host or of the path, and what its value must be.
struct bound_constraint {
  std::string name;
  constraint must;

  bool operator==(const bound_constraint&) const = default;
};

/// What a request leads to.
struct route_result {
  enum class kind : std::uint8_t {
    found,
    bad_request, // no host matches, or the target has no path: answer 400, as cowboy
    not_found,   // no path of the host matches: 404
  };
  kind is = kind::bad_request;
  std::size_t route = 0; // the number that `add` returned
  route_bindings bindings = {};
  /// What "[...]" stands for; nothing where the pattern has none.
  std::optional<std::vector<std::string>> host_info = {};
  std::optional<std::vector<std::string>> path_info = {};
};

class route_table {
 public:
  /// Routes with equal hosts, equally constrained, are one host's: they need not be neighbours. Returns
  /// 0, 1, 2... Throws std::invalid_argument, with what is wrong and where: a pattern is none, a
  /// constraint names what nothing binds, or no request can get here since the host "_" came before.
  std::size_t add(const std::string& host, const std::string& path,
                  const std::vector<bound_constraint>& constraints = {});

  /// `path` as sent, without the query: its segments are decoded, and "." and ".." resolved, here. The
  /// host without its port, in any case.
  route_result find(std::string_view host, std::string_view path) const;

  bool empty() const { return hosts_.empty(); }

  /// Whether the host makes a difference.
  bool tells_hosts() const;

 private:
  struct path_entry {
    std::vector<route_form> forms;
    std::vector<bound_constraint> constraints;
    std::size_t route;
  };
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct host_entry {
    std::string text;
    std::vector<route_form> forms;
    std::vector<bound_constraint> constraints;
    std::vector<path_entry> paths;
    /// Paths of literals alone, as sent, to the route that they are known to lead to.
    std::unordered_map<std::string, std::size_t, text_hash, std::equal_to<>> literals = {};

    bool find_literal(std::string_view path, route_result& result) const;
  };

  host_entry& entry_for(const std::string& host, std::vector<bound_constraint> constraints);
  static void learn_literals(host_entry& host);
  static void find_path(const host_entry& host, std::string_view path, route_result& result);
  static void match_paths(const host_entry& host, std::string_view path, route_result& result);

  std::vector<host_entry> hosts_;
  std::size_t count_ = 0;
};

} // namespace vaquero
