// Why a connection ended: cowboy's terminate reasons, a closed set, and the one that it lacks: an exit
// signal. A value.
#pragma once

#include "runtime/exit_reason.hpp"

#include <cstdint>
#include <string>
#include <system_error>

namespace vaquero {

struct terminate_reason {
  enum class kind : std::uint8_t {
    normal,       // answered without an upgrade, by `init`
    remote,       // the peer sent a close frame without a code
    remote_code,  // ... with a code and, maybe, a payload
    stop,         // the handler stopped, or sent a close frame; or another actor closed it
    timeout,      // nothing was received for idle_timeout; or a deferred handshake ran out of time
    crash,        // an exception left a callback
    badframe,     // the peer broke the protocol
    badencoding,  // a text or a close reason was not UTF-8
    badsize,      // a message was larger than max_frame_size
    closed,       // the socket was closed without a close frame
    socket_error, // reading or writing failed: `error` says how
    exit,         // an exit signal ended the process: `exit` says which
  };

  kind what = kind::normal;
  std::uint16_t code = 0;     // remote_code: as received
  std::string payload = {};   // remote_code: as received, UTF-8 if validate_utf8 is on
  crash_info crash = {};      // crash
  std::error_code error = {}; // socket_error; timed_out where send_timeout ran out
  exit_reason exit = {};      // exit

  bool operator==(const terminate_reason&) const = default;
};

/// "remote 1001 \"bye\"", "crash std::runtime_error: text", "badframe": cowboy's words, for a log.
std::string to_string(const terminate_reason& reason);

} // namespace vaquero
