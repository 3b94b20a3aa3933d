#include "handlers/topic_handler.hpp"

#include "net/connection.hpp"
#include "net/publish_data.hpp"
#include "net/websocket/utf8.hpp"
#include "runtime/topic_name.hpp"

#include <stdexcept>

namespace vaquero {

// malloc keeps 8 bytes of its chunk of 384.
static_assert(sizeof(connection) + sizeof(topic_handler) <= 376);

topic_place topic_place::of(const request& from) {
  topic_place result;
  for (const auto& level : from.path_info())
    result.name.append("/").append(level);
  result.name.erase(0, 1);
  result.key = from.query_value("key").value_or("");
  return result;
}

std::optional<response> topic_place::refuse(const topic_options& bounds) const {
  if (name.empty()) return response::text(404, "there is no topic; its name follows in the path\n");
  if (!is_valid_utf8(name)) return response::text(400, "the topic's name is not UTF-8\n");
  if (key.size() > bounds.key_bytes_max)
    return response::text(400, "the key is longer than " + std::to_string(bounds.key_bytes_max) +
                                   " bytes\n");
  try {
    check_topic_name(name, bounds);
    return std::nullopt;
  } catch (const std::invalid_argument& error) {
    return response::text(400, std::string{error.what()} + "\n");
  }
}

upgrade topic_handler::init(const request& from) {
  place_ = topic_place::of(from);
  if (auto refusal = place_.refuse(connection::running().home().topics().bounds()))
    return refuse(std::move(*refusal));
  return accept();
}

void topic_handler::websocket_init() { subscribe(place_.name); }

void topic_handler::websocket_handle(const frame& in) {
  if (!in.is_text() && !in.is_binary()) return;
  try {
    publish_data(place_.name, in.payload(), {.type = in.type(), .key = place_.key});
  } catch (const topic_limit&) {
    close(1013, "too much waits to be delivered");
  }
}

} // namespace vaquero
