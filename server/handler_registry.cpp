#include "server/handler_registry.hpp"

#include "handlers/publish_page.hpp"
#include "handlers/topic_handler.hpp"

namespace vaquero {

named_handler serve_topics(std::string name) {
  auto made = handler<topic_handler>(std::move(name));
  auto guard = std::make_shared<publish_guard>();
  made.path = "/" + made.name + "/[...]";
  made.needs_path_info = true;
  made.make = [make = made.make, guard](const websocket_options& options) {
    auto type = make(options);
    type.answer_others = [guard](node& home, const request& from) {
      return publish_page(home, from, *guard);
    };
    return type;
  };
  made.use_publish_token = [guard](std::string token) { guard->use_token(std::move(token)); };
  return made;
}

} // namespace vaquero
