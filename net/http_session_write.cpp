// How a session's answers leave: what fits at once, at the end of the turn, and the rest, and files, as the
// client takes them.
#include "net/http/ascii.hpp"
#include "net/http_session.hpp"
#include "net/lingering_close.hpp"
#include "net/socket.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <sys/sendfile.h>

namespace vaquero {

namespace {

// Answers to pipelined requests that wait while further ones are read.
constexpr std::size_t waiting_bytes_max = 64 * 1024;

// Of a file, before other sockets have their turn.
constexpr std::uint64_t file_step = 256 * 1024;

std::string today() {
  return http_date(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
}

bool asks_for_websocket(const request& asked) {
  return std::ranges::any_of(asked.headers(), [](header_view header) {
    return ascii::iequals(header.name, "Upgrade") &&
           ascii::list_contains(header.value, "websocket");
  });
}

} // namespace

// A proxy may take what comes behind an upgrade for frames, whatever was answered, and let requests pass
// that it would have refused.
bool http_session::keeps_alive() {
  return request_.keep_alive() && requests_ < options_.requests_max &&
         !asks_for_websocket(request_);
}

// What a page's author can do wrong in a response is found here, maybe long after the page returned.
void http_session::answer(const response& with, bool keep) {
  const bool is_head = request_.method() == "HEAD";
  try {
    append(serialise(with, keep, is_head, today()));
  } catch (const std::invalid_argument&) {
    append(serialise(page_failed(), keep, is_head, today()));
  }
  request_ = {};
  keep_ = keep;
  if (!keep) return finish();
  if (outbox_->size() > waiting_bytes_max) write();
}

void http_session::send_file(file_answer with) {
  auto& [reply, file] = with;
  keep_ = keeps_alive();
  const auto size = reply.size();
  append(serialise_head(reply.head, size, keep_, today()));
  const bool is_head = request_.method() == "HEAD";
  request_ = {};
  if (!is_head && size != 0) {
    out().append_raw(reply.parts.front().lead);
    file_.emplace(file_rest{std::move(file), std::move(reply.parts)});
    return write();
  }
  if (!keep_) finish();
}

outbox& http_session::out() {
  if (!outbox_) outbox_ = &home_.open_outbox(*this);
  return *outbox_;
}

void http_session::append(std::string_view bytes) {
  out().append_raw(bytes);
  // From now on the client has so long for its next request.
  home_.set_deadline(*this, loop::later(home_.now(), options_.request_timeout));
}

void http_session::on_flush() {
  if (outbox_ && phase_ != phase::asking) write();
  destroy_if_gone();
}

/// Writes what the kernel takes; when that is all, goes on with the next request.
void http_session::write() {
  const bool was_reading = std::exchange(phase_, phase::writing) == phase::reading;
  if (!write_outbox() || !write_file()) return;
  if (!keep_) return finish();
  phase_ = phase::reading;
  if (!was_reading) next_request();
}

/// True if nothing is left. Otherwise the rest waits for the client, or the socket is broken and gone.
bool http_session::write_outbox() {
  if (!outbox_) return true;
  switch (outbox_->write_to(socket_.fd)) {
    case outbox::result::done: home_.close_outbox(*std::exchange(outbox_, nullptr)); return true;
    case outbox::result::blocked: wait_to_write(outbox_->progressed()); return false;
    case outbox::result::failed: leave(); return false;
  }
  return false;
}

/// The same for the file's parts, of which it sends one step at most.
bool http_session::write_file() {
  for (auto budget = file_step; file_;) {
    if (!write_part(budget)) return false;
    if (++file_->at == file_->parts.size()) {
      file_.reset();
    } else {
      out().append_raw(file_->parts[file_->at].lead);
      if (!write_outbox()) return false;
    }
  }
  return true;
}

/// The same for one of them. A file that has become shorter than we promised can only be broken off.
bool http_session::write_part(std::uint64_t& budget) {
  auto& part = file_->parts[file_->at];
  const auto asked = std::min(part.size, budget);
  if (asked != 0) {
    auto offset = static_cast<off_t>(part.begin);
    const auto count = sendfile(socket_.fd, file_->file.fd(), &offset, asked);
    if (count == 0) reset_on_close(socket_.fd);
    if (count == 0 || (count < 0 && !would_block(errno))) {
      leave();
      return false;
    }
    const auto sent = static_cast<std::uint64_t>(std::max<ssize_t>(count, 0));
    part.begin += sent;
    part.size -= sent;
    budget -= sent;
  }
  if (part.size == 0) return true;
  wait_to_write(budget != file_step);
  return false;
}

/// The client has `send_timeout` to take something, and again each time that it has.
void http_session::wait_to_write(bool progressed) {
  if (progressed || !is_blocked_)
    home_.set_deadline(*this, loop::later(home_.now(), options_.send_timeout));
  if (!std::exchange(is_blocked_, true)) home_.change(socket_.fd, *this, readiness::writable);
}

void http_session::next_request() {
  is_blocked_ = false;
  home_.change(socket_.fd, *this, readiness::readable);
  const auto patience = awaits_body_ ? options_.body_timeout : options_.request_timeout;
  home_.set_deadline(*this, loop::later(home_.now(), patience));
  const auto unread = std::exchange(unread_, {});
  charge();
  read_requests(unread);
}

std::size_t http_session::held_bytes() const {
  return parser_.held_bytes() + request_.held_bytes() + unread_.capacity();
}

/// What it holds of requests counts against the node's budget. Over it, whoever goes on sending is answered.
void http_session::charge() {
  const auto before = std::exchange(charged_, held_bytes());
  auto& account = home_.memory();
  account.change(before, charged_);
  if (phase_ == phase::reading && charged_ > before && charged_ > modest_bytes &&
      account.budget().is_exceeded())
    give_up();
}

void http_session::on_low_memory() {
  give_up();
  destroy_if_gone();
}

void http_session::give_up() {
  if (phase_ == phase::asking) release_later();
  if (phase_ == phase::reading)
    answer(response::text(503, "out of memory\n"), false);
  else
    leave(); // an answer is on its way
}

/// The last answer: the socket is left to be closed once it is written.
void http_session::finish() {
  unhook();
  phase_ = phase::gone;
  lingering_close::take_over(home_, socket_.fd, *this, std::exchange(outbox_, nullptr),
                             {options_.send_timeout, options_.close_timeout});
}

} // namespace vaquero
