// Which bytes a Range header asks for (RFC 9110 section 14). Pure: a text and a size in, ranges out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vaquero {

/// Of one Range header. Each costs a part's head of some 100 bytes and two system calls; readers of PDF files
/// ask for a few dozen at most. Beyond: the header counts for nothing, as RFC 9110 section 14.2 advises
/// against abuse; a 416 would say that the bytes are not there, and they are.
inline constexpr std::size_t ranges_max = 64;

struct byte_range {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;

  bool operator==(const byte_range&) const = default;
};

/// What of a file of this size "bytes=0-99,200-,-100" asks for: in the header's order, those that overlap
/// or touch as one (RFC 9110 section 15.3.7.2), without those that begin behind the end. None left: the
/// answer is a 416. Nothing: the header is malformed, of another unit or too long, and is passed over.
std::optional<std::vector<byte_range>> requested_ranges(std::string_view header,
                                                        std::uint64_t size);

} // namespace vaquero
