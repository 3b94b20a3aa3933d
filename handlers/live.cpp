#include "handlers/live.hpp"

#include <boost/json.hpp>

namespace vaquero {

namespace json = boost::json;

void live::websocket_init() {
  reply(json::serialize(json::object{{"type", "self"}, {"id", self().id()}}));
  if (auto desk = whereis(live_desk_name)) send(*desk, watch{self()});
}

// What is no order is the page's mistake, and tells nobody anything.
void live::websocket_handle(const frame& in) {
  if (!in.is_text()) return;
  boost::system::error_code error;
  const auto order = json::parse(in.text(), error);
  if (error || !order.is_object()) return;
  const auto* add = order.get_object().if_contains("add");
  if (add && *add == 1)
    if (auto counter = whereis(shared_counter_name)) send(*counter, add_one{});
  const auto* to = order.get_object().if_contains("tell");
  const auto* text = order.get_object().if_contains("text");
  if (!to || !to->is_int64() || !text || !text->is_string()) return;
  if (auto desk = whereis(live_desk_name))
    send(*desk, tell{self(), static_cast<std::uint64_t>(to->get_int64()),
                     json::value_to<std::string>(*text)});
}

void live::websocket_info(const note& heard) {
  reply(json::serialize(
      json::object{{"type", "note"}, {"from", heard.from}, {"text", heard.text}}));
}

} // namespace vaquero
