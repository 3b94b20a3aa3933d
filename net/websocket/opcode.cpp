#include "net/websocket/opcode.hpp"

namespace vaquero {

const char* to_string(opcode op) {
  switch (op) {
    case opcode::continuation: return "continuation";
    case opcode::text: return "text";
    case opcode::binary: return "binary";
    case opcode::close: return "close";
    case opcode::ping: return "ping";
    case opcode::pong: return "pong";
  }
  return "reserved";
}

} // namespace vaquero
