#include "net/terminate_reason.hpp"

#include "runtime/log.hpp"

namespace vaquero {

std::string to_string(const terminate_reason& reason) {
  using kind = terminate_reason::kind;
  switch (reason.what) {
    case kind::normal: return "normal";
    case kind::remote: return "remote";
    case kind::remote_code:
      return "remote " + std::to_string(reason.code) + " \"" + printable(reason.payload) + "\"";
    case kind::stop: return "stop";
    case kind::timeout: return "timeout";
    case kind::crash: return "crash " + reason.crash.type + ": " + printable(reason.crash.text);
    case kind::badframe: return "badframe";
    case kind::badencoding: return "badencoding";
    case kind::badsize: return "badsize";
    case kind::closed: return "closed";
    case kind::socket_error: return "socket error: " + reason.error.message();
    case kind::exit: return "exit " + to_string(reason.exit);
  }
  return "unknown";
}

} // namespace vaquero
