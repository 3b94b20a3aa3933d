// A folder whose files are served. The kernel itself is told to stay below the folder, whatever links lie
// in it. Any thread; the folder stays open, so that it may be renamed.
#pragma once

#include "net/http/file_reply.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace vaquero {

/// An open file, which closes itself.
class open_file {
 public:
  explicit open_file(int fd) noexcept : fd_(fd) {}
  open_file(open_file&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  open_file& operator=(open_file&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~open_file();

  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

/// A reply, and the file that its bytes come from.
struct file_answer {
  file_reply reply;
  open_file file;
};

class static_files {
 public:
  /// Throws std::invalid_argument if there is no such folder, or it cannot be read.
  explicit static_files(const std::string& folder);

  /// The file that a request's path_info() names; `index.html` of a folder. Else the response instead:
  /// 301 (a folder without the slash at its end), 403, 404 or 503.
  std::variant<file_answer, response> find(const request& asked) const;

 private:
  open_file folder_;
};

} // namespace vaquero
