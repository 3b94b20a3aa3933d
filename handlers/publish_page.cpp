#include "handlers/publish_page.hpp"

#include "handlers/topic_handler.hpp"
#include "net/http/ascii.hpp"
#include "net/publish_data.hpp"
#include "net/websocket/utf8.hpp"

namespace vaquero {

namespace {

bool is_binary(const request& from) {
  auto type = from.header("Content-Type").value_or("");
  return ascii::iequals(ascii::next_part(type, ';'), "application/octet-stream");
}

/// What the query's `retain` says; nothing if it is neither yes nor no.
std::optional<bool> is_retained(const request& from) {
  const auto given = from.query_value("retain");
  if (!given || *given == "0" || *given == "false") return false;
  if (given->empty() || *given == "1" || *given == "true") return true;
  return std::nullopt;
}

response not_allowed() {
  auto out = response::text(405, "GET for a WebSocket, and POST to publish\n");
  out.headers.push_back({"Allow", "GET, POST"});
  return out;
}

} // namespace

response publish_page(node& home, const request& from, const publish_guard& guard) {
  if (from.method() != "POST") return not_allowed();
  if (auto refusal = guard.refuse(from)) return std::move(*refusal);
  if (!from.header("Content-Length") && !from.header("Transfer-Encoding"))
    return response::text(411, "what is published comes with its length, or chunked\n");
  const auto place = topic_place::of(from);
  if (auto refusal = place.refuse(home.topics().bounds())) return std::move(*refusal);
  const auto type = is_binary(from) ? opcode::binary : opcode::text;
  if (type == opcode::text && !is_valid_utf8(from.body()))
    return response::text(400, "a text is UTF-8; what is none is application/octet-stream\n");
  const auto wanted = is_retained(from);
  if (!wanted)
    return response::text(400, "retain is \"1\", \"true\" or nothing; \"0\", \"false\"\n");
  auto retain = retain_policy::none;
  if (*wanted)
    retain = place.key.empty() ? retain_policy::keep_last : retain_policy::keep_last_of_key;
  try {
    publish_data(home, place.name, from.body(), {.type = type, .key = place.key, .retain = retain});
    return response::empty(204);
  } catch (const topic_limit& error) {
    return response::text(503, std::string{error.what()} + "\n");
  }
}

} // namespace vaquero
