#include "net/http/route_table.hpp"

#include "net/http/ascii.hpp"
#include "net/http/url.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace vaquero {

namespace {

using part_list = boost::container::small_vector<std::string_view, 16>;
using part_span = std::span<const std::string_view>;

/// The labels from the last to the first, in lower case; a dot at either end makes no difference.
part_list split_host(std::string_view host, std::string& lower) {
  lower.assign(host);
  std::ranges::transform(lower, lower.begin(), ascii::to_lower);
  std::string_view rest = lower;
  if (rest.starts_with('.')) rest.remove_prefix(1);
  if (rest.ends_with('.')) rest.remove_suffix(1);
  part_list labels;
  while (!rest.empty()) {
    const auto dot = rest.rfind('.');
    labels.push_back(dot == rest.npos ? rest : rest.substr(dot + 1));
    rest = dot == rest.npos ? std::string_view{} : rest.substr(0, dot);
  }
  return labels;
}

/// A segment decoded into `storage`, which has room, or as it is.
std::string_view decoded(std::string_view segment, std::string& storage) {
  if (segment.find('%') == segment.npos) return segment;
  const auto plain = percent_decode(segment);
  if (!plain) return segment;
  const auto begin = storage.size();
  storage += *plain;
  return std::string_view{storage}.substr(begin);
}

/// The segments, decoded each for itself, so that "%2F" separates nothing; then "." and ".." are
/// resolved, also those that were escaped. A slash at the end makes no difference.
part_list split_path(std::string_view path, std::string& storage) {
  if (path.find('%') != path.npos) storage.reserve(path.size());
  part_list segments;
  while (!path.empty()) {
    path.remove_prefix(1); // the '/'
    const auto end = std::min(path.find('/'), path.size());
    if (end == 0 && path.empty()) break;
    const auto segment = decoded(path.substr(0, end), storage);
    path.remove_prefix(end);
    if (segment == ".." && !segments.empty()) segments.pop_back();
    if (segment != "." && segment != "..") segments.push_back(segment);
  }
  return segments;
}

bool check(const std::vector<bound_constraint>& constraints, route_bindings& bound) {
  for (const auto& [name, must] : constraints) {
    auto at = std::ranges::find(bound, name, &route_bindings::value_type::first);
    if (at == bound.end()) continue; // in an optional part that is not there
    auto value = must.check(at->second);
    if (!value) return false;
    at->second = std::move(*value);
  }
  return true;
}

bool binds(const std::vector<route_form>& forms, std::string_view name) {
  return std::ranges::any_of(forms, [&](const route_form& form) { return form.binds(name); });
}

bool is_any(const std::vector<route_form>& forms) {
  return forms.front().is() == route_form::kind::any;
}

std::vector<std::string> copy_of(part_span parts) { return {parts.begin(), parts.end()}; }

} // namespace

std::size_t route_table::add(const std::string& host, const std::string& path,
                             const std::vector<bound_constraint>& constraints) {
  const auto host_forms = parse_route_pattern(pattern_kind::host, host);
  auto path_forms = parse_route_pattern(pattern_kind::path, path);
  std::vector<bound_constraint> of_host, of_path;
  for (const auto& each : constraints) {
    const bool is_hosts = binds(host_forms, each.name);
    if (!is_hosts && !binds(path_forms, each.name))
      throw std::invalid_argument{"there is a constraint for \"" + each.name +
                                  "\", which neither the host \"" + host + "\" nor the path \"" +
                                  path + "\" binds"};
    (is_hosts ? of_host : of_path).push_back(each);
  }
  auto& entry = entry_for(host, std::move(of_host));
  entry.paths.push_back({std::move(path_forms), std::move(of_path), count_});
  learn_literals(entry);
  return count_++;
}

/// What the newest entry's literal paths lead to stays so: who comes later is asked later. One that an
/// earlier form of the same route takes, and binds something in, is none.
void route_table::learn_literals(host_entry& host) {
  const auto& newest = host.paths.back();
  for (const auto& form : newest.forms) {
    auto path = form.literal_path();
    if (!path) continue;
    route_result result;
    match_paths(host, *path, result);
    const bool is_ours = result.is == route_result::kind::found && result.route == newest.route;
    if (is_ours && result.bindings.empty() && !result.path_info)
      host.literals.emplace(std::move(*path), newest.route);
  }
}

route_table::host_entry& route_table::entry_for(const std::string& host,
                                                std::vector<bound_constraint> constraints) {
  for (auto& known : hosts_) {
    if (known.text == host && known.constraints == constraints) return known;
    if (is_any(known.forms))
      throw std::invalid_argument{"no request gets to the host \"" + host +
                                  "\": the host \"_\" before it matches all; it comes last"};
  }
  hosts_.push_back(
      {host, parse_route_pattern(pattern_kind::host, host), std::move(constraints), {}});
  return hosts_.back();
}

bool route_table::tells_hosts() const { return !hosts_.empty() && !is_any(hosts_.front().forms); }

route_result route_table::find(std::string_view host, std::string_view path) const {
  route_result result;
  if (!tells_hosts() && !hosts_.empty() && hosts_.front().find_literal(path, result)) return result;
  std::string lower;
  part_list labels;
  bool is_split = false;
  for (const auto& entry : hosts_) {
    for (const auto& form : entry.forms) {
      if (form.is() != route_form::kind::any && !std::exchange(is_split, true))
        labels = split_host(host, lower);
      std::optional<part_span> rest;
      result.bindings.clear();
      if (!form.match(labels, result.bindings, rest)) continue;
      if (!check(entry.constraints, result.bindings)) continue;
      if (rest) {
        result.host_info = copy_of(*rest);
        std::ranges::reverse(*result.host_info);
      }
      find_path(entry, path, result);
      return result;
    }
  }
  result.bindings.clear();
  return result;
}

void route_table::find_path(const host_entry& host, std::string_view path, route_result& result) {
  if (!host.find_literal(path, result)) match_paths(host, path, result);
}

bool route_table::host_entry::find_literal(std::string_view path, route_result& result) const {
  const auto known = literals.find(path);
  if (known == literals.end()) return false;
  result.is = route_result::kind::found;
  result.route = known->second;
  return true;
}

void route_table::match_paths(const host_entry& host, std::string_view path, route_result& result) {
  const bool is_asterisk = path == "*";
  if (!is_asterisk && !path.starts_with('/')) return;
  result.is = route_result::kind::not_found;
  std::string storage;
  const auto segments = is_asterisk ? part_list{} : split_path(path, storage);
  const auto host_bindings = result.bindings;
  for (const auto& entry : host.paths) {
    for (const auto& form : entry.forms) {
      std::optional<part_span> rest;
      const bool is_match = form.is() == route_form::kind::asterisk
                                ? is_asterisk
                                : (form.is() == route_form::kind::any || !is_asterisk) &&
                                      form.match(segments, result.bindings, rest);
      if (is_match && check(entry.constraints, result.bindings)) {
        result.is = route_result::kind::found;
        result.route = entry.route;
        if (rest) result.path_info = copy_of(*rest);
        return;
      }
      result.bindings = host_bindings;
    }
  }
}

} // namespace vaquero
