#include "server/shared_counter.hpp"

#include "handlers/live.hpp"
#include "net/publish_data.hpp"
#include "runtime/receive.hpp"

#include <string>

namespace vaquero {

process_body shared_counter() {
  register_as(shared_counter_name);
  for (std::uint64_t count = 0;; ++count) {
    try {
      publish_data(shared_counter_topic, std::to_string(count),
                   {.retain = retain_policy::keep_last});
    } catch (const topic_limit&) {
      // The next number says as much, and nobody would start this process again.
    }
    co_await receive<add_one>();
  }
}

} // namespace vaquero
