#include "server/topics_page.hpp"

#include "handlers/local_guard.hpp"
#include "net/websocket/utf8.hpp"
#include "runtime/log.hpp"
#include "runtime/topics.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace vaquero {

namespace {

namespace json = boost::json;

response page_of(node& home) {
  auto names = topics(home);
  const auto count = names.size();
  const auto shown = std::min(count, topics_listed_max);
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(shown);
  std::partial_sort(names.begin(), end, names.end());
  names.resize(shown);
  json::array rows;
  for (const auto& name : names) {
    const auto info = info_of_topic(home, name);
    if (!info) continue; // it has ended meanwhile
    rows.push_back({{"topic", is_valid_utf8(name) ? name : printable(name)},
                    {"subscribers", info->subscribers},
                    {"published", info->published},
                    {"dropped", info->dropped},
                    {"retained", info->retained},
                    {"retained_bytes", info->retained_bytes}});
  }
  json::object body{{"count", count}};
  body["topics"] = std::move(rows);
  return {200, {{"Content-Type", "application/json"}}, json::serialize(body)};
}

} // namespace

response topics_page(server& of, const request& from) {
  if (auto refusal = refuse_unless_local(from)) return std::move(*refusal);
  return page_of(of.home());
}

void route_topics_page(server& server) {
  server.route_page("/topics",
                    [&server](const request& from) { return topics_page(server, from); });
}

} // namespace vaquero
