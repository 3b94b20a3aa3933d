#include "net/lingering_close.hpp"

#include "net/socket.hpp"

#include <cerrno>
#include <sys/socket.h>

namespace vaquero {

void lingering_close::take_over(loop& home, int fd, io_source& old, outbox* rest, patience bounds) {
  auto* self = new lingering_close{home, fd, rest, bounds};
  home.replace(fd, old, *self, readiness::readable);
  if (!rest) {
    self->shut_down_writing();
    return;
  }
  rest->owner = self;
  home.flush_later(*rest);
  home.set_deadline(*self, loop::later(home.now(), bounds.send));
}

void lingering_close::on_flush() { write_out(); }

void lingering_close::on_ready(readiness what) {
  if (what & readiness::error) return finish(false);
  if (what & readiness::writable && rest_) return write_out(); // what is to read waits its turn
  if (what & readiness::readable)
    discard(); // also at the end, or what we sent would be lost to a reset
  else if (what & readiness::hang_up)
    finish(false);
}

void lingering_close::write_out() {
  switch (rest_->write_to(fd_)) {
    case outbox::result::done: return shut_down_writing();
    case outbox::result::blocked:
      if (rest_->progressed()) home_.set_deadline(*this, loop::later(home_.now(), bounds_.send));
      return home_.change(fd_, *this,
                          is_peer_done_ ? readiness::writable
                                        : readiness::readable | readiness::writable);
    case outbox::result::failed: return finish(false);
  }
}

void lingering_close::shut_down_writing() {
  if (rest_) {
    home_.close_outbox(*rest_);
    rest_ = nullptr;
  }
  if (is_peer_done_) return finish(false);
  shutdown(fd_, SHUT_WR);
  home_.change(fd_, *this, readiness::readable);
  home_.set_deadline(*this, loop::later(home_.now(), bounds_.close));
}

void lingering_close::discard() {
  auto count = receive(fd_, home_.receive_buffer());
  if (count < 0 && would_block(errno)) return;
  if (count == 0 && rest_) { // it may read still
    is_peer_done_ = true;
    return home_.change(fd_, *this, readiness::writable);
  }
  if (count <= 0) return finish(false);
  discarded_ += static_cast<std::size_t>(count);
  if (discarded_ > discarded_bytes_max) finish(true);
}

void lingering_close::on_deadline() { finish(rest_ != nullptr); }

void lingering_close::on_stop(bool now) {
  if (now) finish(rest_ != nullptr);
}

void lingering_close::finish(bool reset) {
  if (rest_) home_.close_outbox(*rest_);
  home_.remove(fd_, *this);
  if (reset) reset_on_close(fd_);
  close_socket(fd_);
  delete this;
}

} // namespace vaquero
