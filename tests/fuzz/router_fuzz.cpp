// Makes a table of the patterns in the input and asks it for the paths there. Lines: "HOST PATH" adds a
// route, "?HOST PATH" asks. Held to: what is refused is refused with a text, what is found matches a
// route that was added, and asking twice gives the same.
#include "net/http/route_table.hpp"
#include "tests/fuzz/check.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace {

using namespace vaquero;
using testing::check;

struct line {
  std::string host;
  std::string path;
};

line split(std::string_view text) {
  const auto space = std::min(text.find(' '), text.size());
  return {std::string{text.substr(0, space)},
          std::string{text.substr(std::min(space + 1, text.size()))}};
}

void ask(const route_table& table, const line& what, std::size_t routes) {
  const auto first = table.find(what.host, what.path);
  const auto second = table.find(what.host, what.path);
  check(first.is == second.is && first.route == second.route);
  check(first.bindings == second.bindings && first.path_info == second.path_info);
  if (first.is != route_result::kind::found) return;
  check(first.route < routes);
  for (std::size_t i = 0; i < first.bindings.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      check(first.bindings[i].first != first.bindings[j].first);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  route_table table;
  std::size_t routes = 0;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (text.starts_with('?')) {
      ask(table, split(text.substr(1)), routes);
      continue;
    }
    const auto [host, path] = split(text);
    try {
      check(table.add(host, path) == routes);
      ++routes;
    } catch (const std::invalid_argument& refused) {
      check(!std::string_view{refused.what()}.empty());
    }
  }
  return 0;
}
