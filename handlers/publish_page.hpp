// Publishing over HTTP: what a POST, where a topic_handler is, does.
#pragma once

#include "handlers/publish_guard.hpp"
#include "runtime/node.hpp"

namespace vaquero {

/// Publishes the body of a POST to the topic that its path names, and answers 204: what becomes of it is for
/// each subscriber's queue. It is a text, which must be UTF-8, unless its Content-Type says
/// application/octet-stream. The query's `key` is that of `keyed`; with `retain`, `retain=1` or
/// `retain=true` the topic keeps it as its last value, or as that of the key, and an empty body clears what is
/// kept; `0` and `false` are as without it. Other methods get a 405; the
/// guard's 401 or 403; 411 without a length; 404 and 400 as topic_place has them; 503 with topic_limit. Any
/// thread.
response publish_page(node& home, const request& from, const publish_guard& guard);

} // namespace vaquero
