// refused: a message cannot hold a view
// refused: std::basic_string_view<char>
// A message that our own verbs never see is refused as well, when CAF takes it apart.
#include "runtime/message_traits.hpp"

struct headline {
  std::optional<std::string_view> text;
};

caf::message sent() { return caf::make_message(headline{}); }
