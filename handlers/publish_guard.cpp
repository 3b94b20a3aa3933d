#include "handlers/publish_guard.hpp"

#include "handlers/local_guard.hpp"
#include "net/http/ascii.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace vaquero {

namespace {

constexpr std::string_view scheme = "bearer";

/// What follows `Bearer`; nothing for other schemes and without the header.
std::optional<std::string_view> bearer_token(const request& from) {
  const auto header = from.header("Authorization");
  if (!header || header->size() <= scheme.size() || (*header)[scheme.size()] != ' ' ||
      !ascii::iequals(header->substr(0, scheme.size()), scheme))
    return std::nullopt;
  return ascii::trim(header->substr(scheme.size()));
}

response unauthorized(std::string challenge, std::string why) {
  auto out = response::text(401, std::move(why));
  out.headers.push_back({"WWW-Authenticate", std::move(challenge)});
  return out;
}

std::optional<response> refuse_without_token(const request& from) {
  switch (source_of(from)) {
    case request_source::this_machine: return std::nullopt;
    case request_source::other_machine:
      return response::text(403, "publishing is for this machine only; there is no token\n");
    case request_source::proxy:
      return response::text(403, "publishing through a proxy takes a token; there is none\n");
    case request_source::other_host:
      return response::text(403, "publishing without a token is for localhost, by this name or its "
                                 "address\n");
    case request_source::other_page: break;
  }
  return response::text(403, "pages of this origin may not publish\n");
}

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  throw std::invalid_argument{"the token file \"" + file + "\" " + what};
}

struct descriptor {
  int fd;
  ~descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

} // namespace

void publish_guard::use_token(std::string token) {
  std::lock_guard lock{mutex_};
  token_ = std::move(token);
}

std::optional<response> publish_guard::refuse(const request& from) const {
  std::lock_guard lock{mutex_};
  if (token_.empty()) return refuse_without_token(from);
  const auto given = bearer_token(from);
  if (!given) return unauthorized("Bearer", "publishing takes a token\n");
  if (given->size() == token_.size() &&
      CRYPTO_memcmp(given->data(), token_.data(), token_.size()) == 0)
    return std::nullopt;
  return unauthorized(R"(Bearer error="invalid_token")", "this is not the token\n");
}

std::string read_publish_token(const std::string& file) {
  constexpr ascii::char_set token_chars{"-._~+/", true};
  // Not to wait for whoever writes to a pipe.
  const descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat about {};
  if (opened.fd < 0 || fstat(opened.fd, &about) != 0)
    fail(file, std::string{"cannot be read: "} + std::strerror(errno));
  if (!S_ISREG(about.st_mode)) fail(file, "is no file");
  if (about.st_mode & (S_IROTH | S_IWOTH))
    fail(file, "is open to everybody on this machine; let its owner and group alone read it: "
               "chmod o-rw");
  std::array<char, publish_token_bytes_max + 3>
      buffer; // a line end, and one to see that it is more
  const auto count = ::read(opened.fd, buffer.data(), buffer.size());
  if (count < 0) fail(file, std::string{"cannot be read: "} + std::strerror(errno));
  std::string_view token{buffer.data(), static_cast<std::size_t>(count)};
  if (token.ends_with('\n')) token.remove_suffix(1);
  if (token.ends_with('\r')) token.remove_suffix(1);
  if (token.size() > publish_token_bytes_max)
    fail(file, "holds more than " + std::to_string(publish_token_bytes_max) + " bytes");
  const auto padding = token.find_last_not_of('=');
  if (padding == token.npos || !token_chars.contains_all(token.substr(0, padding + 1)))
    fail(file,
         "holds no token: one is a line of letters, digits, \"-._~+/\", and \"=\" at its end");
  return std::string{token};
}

} // namespace vaquero
