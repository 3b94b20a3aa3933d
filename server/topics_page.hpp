// What is subscribed to, for operators.
#pragma once

#include "server/server.hpp"

namespace vaquero {

/// Rows of the page: so many are made in a few milliseconds of the loop that was asked.
constexpr std::size_t topics_listed_max = 1'000;

/// Whom refuse_unless_local (local_guard.hpp) lets pass gets {"topics": [{"topic", "subscribers", "published",
/// "dropped", "retained", "retained_bytes"}], "count"}: the first by their names, of `count` that have
/// subscribers.
response topics_page(server& of, const request& from);

/// Adds GET /topics.
void route_topics_page(server& server);

} // namespace vaquero
