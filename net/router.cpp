#include "net/router.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace vaquero {

namespace {

// A trailing slash makes no difference, as in cowboy.
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1); // the '/'
    auto end = std::min(path.find('/'), path.size());
    if (end != 0 || end != path.size()) segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool is_binding(std::string_view segment) { return segment.starts_with(':'); }

} // namespace

void router::add(std::string path, target to) {
  if (!path.starts_with('/'))
    throw std::invalid_argument{"a route's path begins with '/', and not as \"" + path + "\""};
  std::set<std::string_view> names;
  route made;
  for (auto segment : split(path)) {
    if (is_binding(segment) && (segment.size() == 1 || !names.insert(segment).second))
      throw std::invalid_argument{"the path \"" + path + "\" binds \"" + std::string{segment} +
                                  "\": a name is not empty and stands there once"};
    made.segments.emplace_back(segment);
  }
  if (auto* handler = std::get_if<std::unique_ptr<handler_type>>(&to)) (*handler)->route = path;
  made.to = std::move(to);
  routes_.push_back(std::move(made));
}

bool router::match(const route& candidate, const std::vector<std::string_view>& path) {
  return std::ranges::equal(candidate.segments, path,
                            [](std::string_view want, std::string_view got) {
                              return is_binding(want) ? !got.empty() : want == got;
                            });
}

const router::target* router::find(request& wanted) const {
  if (!wanted.path().starts_with('/')) return nullptr;
  const auto path = split(wanted.path());
  for (const auto& candidate : routes_) {
    if (!match(candidate, path)) continue;
    for (std::size_t i = 0; i < path.size(); ++i)
      if (is_binding(candidate.segments[i]))
        wanted.set_binding(candidate.segments[i].substr(1), std::string{path[i]});
    return &candidate.to;
  }
  return nullptr;
}

} // namespace vaquero
