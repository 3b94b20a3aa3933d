#include "net/static_files.hpp"

#include "net/http/content_type.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdexcept>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vaquero {

namespace {

response not_found() { return response::text(404, "nothing here\n"); }

response refusal(int error) {
  switch (error) {
    case EACCES:
    case EPERM: return response::text(403, "this may not be read\n");
    case EMFILE:
    case ENFILE:
    case ENOMEM: return response::text(503, "too busy to open files\n");
    default: return not_found(); // links that lead out of the folder, too
  }
}

// O_NONBLOCK: whatever else lies there, a pipe say, must not be waited for.
int open_below(int folder, const char* path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, folder, path, &how, sizeof how));
}

/// "a/b", or nothing for segments that are no names of files: decoded, they may hold anything.
std::optional<std::string> path_of(const std::vector<std::string>& segments) {
  std::string path;
  for (const auto& each : segments) {
    if (each.empty() || each == "." || each == ".." || each.find('/') != each.npos ||
        each.find('\0') != each.npos)
      return std::nullopt;
    path += (path.empty() ? "" : "/") + each;
  }
  return path;
}

/// The folder's own name with a slash: a path that is not relative could name another host.
response redirect_to_folder(const request& asked) {
  const auto path = asked.raw_path();
  auto place = "./" + std::string{path.substr(path.rfind('/') + 1)} + "/";
  if (!asked.query().empty()) place.append("?").append(asked.query());
  auto answer = response::empty(301);
  answer.headers.push_back({"Location", std::move(place)});
  return answer;
}

std::string etag_of(const struct stat& file) {
  char text[64];
  std::snprintf(text, sizeof text, "\"%llx-%lx-%llx\"",
                static_cast<unsigned long long>(file.st_mtim.tv_sec), file.st_mtim.tv_nsec,
                static_cast<unsigned long long>(file.st_size));
  return text;
}

} // namespace

open_file::~open_file() {
  if (fd_ >= 0) ::close(fd_);
}

static_files::static_files(const std::string& folder)
    : folder_(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  // The second asks whether this kernel can do what keeps us below the folder.
  if (folder_.fd() < 0 || open_file{open_below(folder_.fd(), ".")}.fd() < 0)
    throw std::invalid_argument{"the folder \"" + folder +
                                "\" cannot be served: " + std::strerror(errno)};
}

std::variant<file_answer, response> static_files::find(const request& asked) const {
  auto path = path_of(asked.path_info());
  if (!path) return not_found();
  auto opened = open_file{open_below(folder_.fd(), path->empty() ? "." : path->c_str())};
  if (opened.fd() < 0) return refusal(errno);
  struct stat facts {};
  if (fstat(opened.fd(), &facts) != 0) return refusal(errno);
  if (S_ISDIR(facts.st_mode)) {
    if (!asked.raw_path().ends_with('/')) return redirect_to_folder(asked);
    *path += path->empty() ? "index.html" : "/index.html"; // from the top: links may lead there
    opened = open_file{open_below(folder_.fd(), path->c_str())};
    if (opened.fd() < 0) return refusal(errno);
    if (fstat(opened.fd(), &facts) != 0) return refusal(errno);
  }
  if (!S_ISREG(facts.st_mode)) return not_found();
  const file_facts known{.size = static_cast<std::uint64_t>(facts.st_size),
                         .modified =
                             std::chrono::sys_seconds{std::chrono::seconds{facts.st_mtim.tv_sec}},
                         .etag = etag_of(facts),
                         .content_type = content_type_of(*path)};
  return file_answer{reply_with_file(asked, known), std::move(opened)};
}

} // namespace vaquero
