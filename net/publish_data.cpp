#include "net/publish_data.hpp"

#include "net/data_publication.hpp"
#include "net/send_data.hpp"
#include "runtime/verbs.hpp"

#include <stdexcept>

namespace vaquero {

void publish_data(node& home, std::string_view topic, std::string_view data,
                  const data_options& how) {
  check_frame(data, how.type);
  if (is_control(how.type) && (!how.key.empty() || how.retain != retain_policy::none))
    throw std::invalid_argument{"only texts and binaries have a key, or are kept"};
  detail::post(home, std::make_shared<data_publication>(topic, data, how), nullptr,
               {.retain = how.retain,
                .key = how.key,
                .except_self = how.except_self,
                .local_only = how.local_only});
}

void publish_data(std::string_view topic, std::string_view data, const data_options& how) {
  publish_data(detail::running_process().home(), topic, data, how);
}

} // namespace vaquero
