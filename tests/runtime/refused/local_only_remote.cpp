// refused: a vaquero::local_only message cannot be sent to another node
// refused: lease
#include "runtime/message_traits.hpp"

struct lease {
  std::shared_ptr<int> owner;
};

template <>
inline constexpr bool vaquero::local_only<lease> = true;

void register_messages(caf::actor_system_config& config) { vaquero::add_messages<lease>(config); }
