#include "runtime/message_traits.hpp"

#include <caf/actor_system_config.hpp>

#include <stdexcept>
#include <typeindex>

namespace vaquero::detail {

void register_message(caf::actor_system_config& config, const std::type_info& type,
                      std::string name, message_factory make) {
  const std::type_index index{type};
  if (config.type_names_by_rtti.contains(index)) return;
  // CAF would keep the first type and read the second one's bytes as if they were the first's.
  if (!config.value_factories_by_name.emplace(name, make).second)
    throw std::logic_error("two message types are named " + name);
  config.value_factories_by_rtti.emplace(index, make);
  config.type_names_by_rtti.emplace(index, std::move(name));
}

} // namespace vaquero::detail
